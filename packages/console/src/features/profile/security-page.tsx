import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { PasswordForm } from "./password-form.tsx";
import { ProfilePage } from "./profile-page.tsx";
import { SessionList } from "./session-list.tsx";

export function SecurityPage() {
  return (
    <ProfilePage>
      <Card className="mm-narrow">
        <CardTitle component="h2">Password</CardTitle>
        <CardBody>
          <PasswordForm />
        </CardBody>
      </Card>
      <SessionList />
    </ProfilePage>
  );
}

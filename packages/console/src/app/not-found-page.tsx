import { Button } from "@patternfly/react-core";
import { useNavigate } from "react-router";
import { Nothing } from "../shared/loaded.tsx";
import { Page } from "../shared/page.tsx";

export function NotFoundPage() {
  const navigate = useNavigate();
  return (
    <Page title="Page not found">
      <Nothing
        title="There is no such page"
        action={
          <Button variant="primary" onClick={() => navigate("/overview")}>
            Go to the overview
          </Button>
        }
      >
        It may have moved, or you may not have access.
      </Nothing>
    </Page>
  );
}

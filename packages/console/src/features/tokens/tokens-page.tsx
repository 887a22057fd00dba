import type { CreateCredentialAnswer } from "@mintmark/sdk";
import { Alert, Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { CredentialList } from "../../shared/credential-list.tsx";
import { nameOf } from "../../shared/credentials.tsx";
import { Page } from "../../shared/page.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { NewTokenDialog } from "./new-token-dialog.tsx";

/** Tokens for anything else, each with just what it needs. */
export function TokensPage() {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useFresh<CreateCredentialAnswer>();
  return (
    <Page
      title="Personal tokens"
      intro="For scripts and services behind the gateway: each with the rights you choose and an end you set."
      actions={
        <Button variant="primary" onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      {made === null ? null : (
        <Card className="mm-narrow">
          <CardTitle component="h2">{nameOf(made.credential)}</CardTitle>
          <CardBody>
            <div className="mm-stack">
              <Alert
                isInline
                component="p"
                variant="warning"
                title="Copy it now: it is shown this once and kept nowhere."
              />
              <SecretField label="Personal token" secret={made.secret} />
            </div>
          </CardBody>
        </Card>
      )}
      <CredentialList kind="personal_token" title="My personal tokens" empty="None yet." />
      {making ? (
        <NewTokenDialog
          onClose={() => setMaking(false)}
          onMade={(answer) => {
            setMaking(false);
            setMade(answer);
          }}
        />
      ) : null}
    </Page>
  );
}

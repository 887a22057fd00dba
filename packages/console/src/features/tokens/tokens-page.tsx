import type { CreateCredentialAnswer } from "@mintmark/sdk";
import { Alert, Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { CredentialList } from "../../shared/credential-list.tsx";
import { nameOf } from "../../shared/kinds.ts";
import { NewCredentialDialog } from "../../shared/new-credential-dialog.tsx";
import { Page } from "../../shared/page.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { UseSnippet } from "../../shared/use-snippet.tsx";

/** Tokens for anything else, each with just what it needs. */
export function TokensPage() {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useFresh<CreateCredentialAnswer>();
  return (
    <Page
      title="Personal tokens"
      intro="For scripts and services. Choose its permissions and when it expires."
      actions={
        <Button variant="primary" onClick={() => setMaking(true)}>
          Create personal token
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
                title="Copy it now. You won't be able to see it again."
              />
              <SecretField label="Personal token" secret={made.secret} />
              <UseSnippet credential={made.credential} secret={made.secret} />
            </div>
          </CardBody>
        </Card>
      )}
      <CredentialList
        kind="personal_token"
        label="My personal tokens"
        empty={<p className="mm-quiet">None yet.</p>}
      />
      {making ? (
        <NewCredentialDialog kind="personal_token" onClose={() => setMaking(false)} onMade={setMade} />
      ) : null}
    </Page>
  );
}

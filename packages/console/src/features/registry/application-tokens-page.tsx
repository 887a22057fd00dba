import type { CreateCredentialAnswer, Credential } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useAction } from "../../shared/action.ts";
import { CredentialList } from "../../shared/credential-list.tsx";
import { useEndpoints } from "../../shared/endpoints.ts";
import { hub } from "../../shared/hub.ts";
import { nameOf } from "../../shared/kinds.ts";
import { NewCredentialDialog } from "../../shared/new-credential-dialog.tsx";
import { Page } from "../../shared/page.tsx";
import { Problem } from "../../shared/problem.tsx";
import { useFresh } from "../../shared/secret.tsx";
import { durationWords } from "../../shared/time.tsx";
import { CredentialsDialog } from "./credentials-dialog.tsx";

/** Where Quay has it: application tokens, each with the pieces that a client needs. */
export function ApplicationTokensPage() {
  const endpoints = useEndpoints();
  const [naming, setNaming] = useState(false);
  const [shown, setShown] = useFresh<CreateCredentialAnswer>();
  const settings = endpoints.data?.settings;
  return (
    <Page
      title="Application tokens"
      intro="Log in to the registry with $app and one of these instead of your password: one for each machine, so that each can be revoked alone."
      actions={
        <Button variant="primary" onClick={() => setNaming(true)}>
          Create application token
        </Button>
      }
    >
      {settings === undefined ? null : (
        <p>
          {settings.appTokenExpiration === "never"
            ? "An application token without an expiry date works until it is revoked."
            : `Application tokens expire at most ${durationWords(settings.appTokenExpiration)} after they were created.`}
        </p>
      )}
      <CredentialList
        kind="app_token"
        label="My application tokens"
        empty={<p className="mm-quiet">None yet. Create one for the machine in front of you.</p>}
        {...(settings?.appTokenReveal === "always"
          ? { actions: (one: Credential) => <ViewAgain credential={one} onShow={setShown} /> }
          : {})}
      />
      {naming ? (
        <NewCredentialDialog kind="app_token" onClose={() => setNaming(false)} onMade={setShown} />
      ) : null}
      {shown ? <CredentialsDialog made={shown} onClose={() => setShown(null)} /> : null}
    </Page>
  );
}

function ViewAgain({
  credential,
  onShow,
}: {
  readonly credential: Credential;
  readonly onShow: (made: CreateCredentialAnswer) => void;
}) {
  const view = useAction(async () => {
    onShow({ credential, secret: (await hub.revealCredential(credential.id)).secret });
  });
  return (
    <>
      <Button
        variant="link"
        isInline
        isDisabled={view.busy}
        aria-label={`View ${nameOf(credential)}`}
        onClick={() => void view.run()}
      >
        View
      </Button>
      <Problem sentence={view.problem} />
    </>
  );
}

import type { CreateCredentialAnswer, CredentialKind, RenewServiceClientAnswer } from "@mintmark/sdk";
import { Alert, Button, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useParams } from "react-router";
import { Confirm } from "../../shared/confirm.tsx";
import { CredentialList } from "../../shared/credential-list.tsx";
import { hub, queries, useHub } from "../../shared/hub.ts";
import { KindMenu } from "../../shared/kind-menu.tsx";
import { KINDS, nameOf } from "../../shared/kinds.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { NewCredentialDialog } from "../../shared/new-credential-dialog.tsx";
import { Page } from "../../shared/page.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { SecretDialog } from "../../shared/secret-dialog.tsx";
import { useSession } from "../../shared/session.ts";
import { UseSnippet } from "../../shared/use-snippet.tsx";
import { CredentialsDialog } from "../registry/credentials-dialog.tsx";
import { Why } from "./why.tsx";

/** One service account: what it may do, and its credentials, which its stewards create and change. */
export function ServicePage() {
  const { name = "" } = useParams();
  const { username, role } = useSession().session.user;
  const query = useHub(["services", "one", name], (signal) => hub.getService(name, { signal }));
  const [making, setMaking] = useState<CredentialKind | null>(null);
  const [made, setMade] = useFresh<CreateCredentialAnswer>();
  const isSteward = query.data?.stewards.includes(username) === true;
  return (
    <Page
      title={name}
      trail={[{ to: "/services/accounts", title: "Service accounts" }]}
      intro={query.data?.description ?? undefined}
      actions={
        isSteward ? (
          <>
            <ClientButton name={name} clientId={query.data?.clientId ?? null} />
            <KindMenu words="Create credential" onChoose={setMaking} />
          </>
        ) : null
      }
    >
      <Loaded query={query}>
        {({ stewards, grants, orphaned, clientId }) => (
          <>
            {orphaned ? (
              <Alert
                isInline
                component="p"
                variant="warning"
                title="No steward of it can sign in any more."
              />
            ) : null}
            <p>Stewards: {stewards.join(", ") || "none"}</p>
            {clientId === null ? null : (
              <p>
                OAuth client: <code>{clientId}</code>
              </p>
            )}
            <Title headingLevel="h2">Credentials</Title>
            <CredentialList
              label={`Credentials of ${name}`}
              owner={name}
              empty={<Nothing title="No credentials yet">A steward creates the first one.</Nothing>}
            />
            {role === "member" ? null : (
              <>
                <Title headingLevel="h2">Permissions</Title>
                <Why account={name} />
              </>
            )}
            {making === null ? null : (
              <NewCredentialDialog
                kind={making}
                owner={name}
                held={grants}
                onClose={() => setMaking(null)}
                onMade={setMade}
              />
            )}
          </>
        )}
      </Loaded>
      {made === null ? null : <Made made={made} onClose={() => setMade(null)} />}
    </Page>
  );
}

/** The secret of a new credential, with the lines that use it. */
function Made({ made, onClose }: { readonly made: CreateCredentialAnswer; readonly onClose: () => void }) {
  const { credential, secret } = made;
  if (credential.kind === "app_token") {
    return <CredentialsDialog made={made} onClose={onClose} />;
  }
  return (
    <SecretDialog title={nameOf(credential)} onClose={onClose}>
      <SecretField label={KINDS[credential.kind].name} secret={secret} />
      <UseSnippet credential={credential} secret={secret} />
    </SecretDialog>
  );
}

/** Creates the service's own OAuth client, or gives it a new secret. */
function ClientButton({ name, clientId }: { readonly name: string; readonly clientId: string | null }) {
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useFresh<RenewServiceClientAnswer>();
  const verb = clientId === null ? "Create OAuth client" : "New client secret";
  return (
    <>
      <Button variant="secondary" onClick={() => setAsking(true)}>
        {verb}
      </Button>
      {asking ? (
        <Confirm
          danger={clientId !== null}
          title={`${verb}?`}
          verb={verb}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            setMade(await hub.renewServiceClient(name));
            await queries.invalidateQueries({ queryKey: ["services"] });
          }}
        >
          {clientId === null
            ? "With it the service asks the token endpoint for access tokens itself (grant type client_credentials)."
            : "The present client secret stops working at once."}
        </Confirm>
      ) : null}
      {made === null ? null : (
        <SecretDialog title={`OAuth client of ${name}`} onClose={() => setMade(null)}>
          <p>
            Client ID <code>{made.clientId}</code>
          </p>
          <SecretField label="Client secret" secret={made.clientSecret} />
        </SecretDialog>
      )}
    </>
  );
}

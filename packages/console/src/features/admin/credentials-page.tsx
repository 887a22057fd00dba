import { CredentialList } from "../../shared/credential-list.tsx";
import { Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { WhoseSecret } from "./whose-secret.tsx";

export function CredentialsPage() {
  return (
    <Page
      title="Credentials"
      intro="All users' credentials. Filter by owner, kind, state or last use."
      actions={<WhoseSecret />}
    >
      <CredentialList
        label="Credentials"
        owner="*"
        base="/admin/credentials"
        empty={<Nothing title="No active credentials">Nobody has an active credential.</Nothing>}
      />
    </Page>
  );
}

import type { Role, User } from "@mintmark/sdk";
import { Alert, Button, FormGroup, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useAction } from "../../shared/action.ts";
import { Choice } from "../../shared/choice.tsx";
import { Confirm } from "../../shared/confirm.tsx";
import { CredentialList } from "../../shared/credential-list.tsx";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { credentialsChanged, hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { Problem } from "../../shared/problem.tsx";
import { RelativeTime } from "../../shared/time.tsx";
import { Why } from "../organisation/why.tsx";
import { GrantsEditor } from "./grants-editor.tsx";
import { RevokeAll } from "./revoke-all.tsx";
import { ROLES } from "./roles.ts";
import { useMayChange } from "./staff.ts";

type Dialog = "edit" | "password" | "disable" | "delete" | null;

export function UserPage() {
  const { username = "" } = useParams();
  const mayChange = useMayChange();
  const user = useHub(["users", "one", username], (signal) => hub.getUser(username, { signal }));
  return (
    <Page title={username} trail={[{ to: "/admin/users", title: "Users" }]}>
      <Loaded query={user}>
        {(one) => (
          <>
            {one.disabled ? (
              <Alert
                isInline
                component="p"
                variant="info"
                title="Disabled. Nobody can sign in, and none of its credentials work."
              />
            ) : null}
            {one.suspended ? (
              <Alert
                isInline
                component="p"
                variant="warning"
                title="Suspended by the identity provider: sessions have ended, credentials are frozen. Disabling would revoke them for good."
              />
            ) : null}
            {one.teams.length > 0 ? (
              <p>
                Teams:{" "}
                {one.teams
                  .map((team) => (one.externalTeams.includes(team) ? `${team} (by the provider)` : team))
                  .join(", ")}
              </p>
            ) : null}
            <p>
              {[one.displayName, one.email, `role ${one.role}`].filter(Boolean).join(", ")}, created{" "}
              <RelativeTime at={one.createdAt} />
            </p>
            {mayChange ? <Changes user={one} /> : null}
          </>
        )}
      </Loaded>
      <Title headingLevel="h2">Grants</Title>
      <GrantsEditor
        queryKey={["grants", "user", username]}
        load={(signal) => hub.getGrants(username, { signal })}
        save={(grants) => hub.setGrants(username, { grants })}
      />
      <Title headingLevel="h2">Why: every permission and where it comes from</Title>
      <Why account={username} />
      <Title headingLevel="h2">Credentials</Title>
      <CredentialList
        label={`Credentials of ${username}`}
        owner={username}
        base="/admin/credentials"
        empty={<Nothing title="No active credentials">This user has no active credentials.</Nothing>}
      />
    </Page>
  );
}

function Changes({ user }: { readonly user: User }) {
  const [dialog, setDialog] = useState<Dialog>(null);
  const close = () => setDialog(null);
  const enable = useAction(async () => {
    await hub.updateUser(user.username, { disabled: false });
    await refresh();
  });
  return (
    <div className="mm-filters">
      <Button variant="secondary" onClick={() => setDialog("edit")}>
        Edit
      </Button>
      <Button variant="secondary" isDanger onClick={() => setDialog("password")}>
        Set password
      </Button>
      {user.disabled ? (
        <Button
          variant="secondary"
          isLoading={enable.busy}
          isDisabled={enable.busy}
          onClick={() => void enable.run()}
        >
          Enable
        </Button>
      ) : (
        <Button variant="secondary" isDanger onClick={() => setDialog("disable")}>
          Disable
        </Button>
      )}
      <Button variant="secondary" isDanger onClick={() => setDialog("delete")}>
        Delete
      </Button>
      <RevokeAll owner={user.username} />
      <Problem sentence={enable.problem} />
      {dialog === "edit" ? <EditDialog user={user} onClose={close} /> : null}
      {dialog === "password" ? <PasswordDialog user={user} onClose={close} /> : null}
      {dialog === "disable" ? <DisableDialog user={user} onClose={close} /> : null}
      {dialog === "delete" ? <DeleteDialog user={user} onClose={close} /> : null}
    </div>
  );
}

async function refresh(): Promise<void> {
  await Promise.all([queries.invalidateQueries({ queryKey: ["users"] }), credentialsChanged()]);
}

function EditDialog({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const [displayName, setDisplayName] = useState(user.displayName ?? "");
  const [email, setEmail] = useState(user.email ?? "");
  const [role, setRole] = useState<Role>(user.role);
  return (
    <FormDialog
      title={`Edit ${user.username}`}
      verb="Save"
      onClose={onClose}
      onSubmit={async () => {
        await hub.updateUser(user.username, {
          ...(displayName === (user.displayName ?? "") ? {} : { displayName: displayName.trim() || null }),
          ...(email === (user.email ?? "") ? {} : { email: email.trim() || null }),
          ...(role === user.role ? {} : { role }),
        });
        await refresh();
      }}
    >
      <Field
        id="display-name"
        name="displayName"
        label="Name"
        focused
        value={displayName}
        onChange={setDisplayName}
      />
      <Field id="email" name="email" label="Email" type="email" value={email} onChange={setEmail} />
      <FormGroup label="Role" fieldId="role">
        <Choice id="role" label="Role" value={role} options={ROLES} onChange={setRole} />
      </FormGroup>
    </FormDialog>
  );
}

function PasswordDialog({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const [password, setPassword] = useState("");
  return (
    <FormDialog
      title={`Set the password of ${user.username}?`}
      intro="All sessions of the account end, and all its credentials are revoked at once: whatever runs with them stops."
      verb="Set password"
      danger
      complete={password !== ""}
      onClose={onClose}
      onSubmit={async () => {
        await hub.updateUser(user.username, { password });
        await refresh();
      }}
    >
      <Field
        id="password"
        label="New password"
        type="password"
        name="password"
        help="At least 12 characters."
        required
        focused
        value={password}
        onChange={setPassword}
      />
    </FormDialog>
  );
}

function DisableDialog({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  return (
    <Confirm
      danger
      title={`Disable ${user.username}?`}
      verb="Disable"
      onClose={onClose}
      onConfirm={async () => {
        await hub.updateUser(user.username, { disabled: true });
        await refresh();
      }}
    >
      Nobody can sign in any more. All sessions end, and all credentials are revoked at once. The account, its
      grants and its teams stay, so you can enable it again; its credentials stay revoked.
    </Confirm>
  );
}

/** Asks for the name, since a deletion is final. */
function DeleteDialog({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  return (
    <FormDialog
      danger
      title={`Delete ${user.username}?`}
      intro="The account is lost for good, with its grants and its places in teams. All sessions end, and all credentials are revoked at once. A new account of the same name gets nothing of it. To keep the account, disable it instead."
      verb="Delete"
      complete={typed === user.username}
      onClose={onClose}
      onSubmit={async () => {
        await hub.deleteUser(user.username);
        await navigate("/admin/users");
        await refresh();
      }}
    >
      <Field
        id="delete-name"
        label={`Type ${user.username} to confirm`}
        required
        focused
        value={typed}
        onChange={setTyped}
      />
    </FormDialog>
  );
}

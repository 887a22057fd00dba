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

type Dialog = "role" | "password" | "disable" | "delete" | null;

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
                title="Disabled: nobody can sign in to it, and nothing of it works."
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
              {[one.displayName, one.email, `role ${one.role}`].filter(Boolean).join(", ")}, made{" "}
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
        tools={mayChange ? <RevokeAll owner={username} /> : null}
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
      <Button variant="secondary" onClick={() => setDialog("role")}>
        Change role
      </Button>
      <Button variant="secondary" onClick={() => setDialog("password")}>
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
      <Problem sentence={enable.problem} />
      {dialog === "role" ? <RoleDialog user={user} onClose={close} /> : null}
      {dialog === "password" ? <PasswordDialog user={user} onClose={close} /> : null}
      {dialog === "disable" || dialog === "delete" ? (
        <EndDialog user={user} verb={dialog} onClose={close} />
      ) : null}
    </div>
  );
}

async function refresh(): Promise<void> {
  await Promise.all([queries.invalidateQueries({ queryKey: ["users"] }), credentialsChanged()]);
}

function RoleDialog({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const [role, setRole] = useState<Role>(user.role);
  return (
    <FormDialog
      title={`Role of ${user.username}`}
      verb="Save"
      complete
      onClose={onClose}
      onSubmit={async () => {
        await hub.updateUser(user.username, { role });
        await refresh();
      }}
    >
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
      title={`Password of ${user.username}`}
      verb="Set password"
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
        help="At least 12 characters. Every credential and session of the account ends."
        required
        focused
        value={password}
        onChange={setPassword}
      />
    </FormDialog>
  );
}

function EndDialog({
  user,
  verb,
  onClose,
}: {
  readonly user: User;
  readonly verb: "disable" | "delete";
  readonly onClose: () => void;
}) {
  const navigate = useNavigate();
  const word = verb === "disable" ? "Disable" : "Delete";
  return (
    <Confirm
      danger
      title={`${word} ${user.username}?`}
      verb={word}
      onClose={onClose}
      onConfirm={async () => {
        if (verb === "disable") {
          await hub.updateUser(user.username, { disabled: true });
          await refresh();
          return;
        }
        await hub.deleteUser(user.username);
        await navigate("/admin/users");
        await refresh();
      }}
    >
      Every credential and session of the account ends at once. Enabling it again, or making one of the same
      name, revives nothing.
    </Confirm>
  );
}

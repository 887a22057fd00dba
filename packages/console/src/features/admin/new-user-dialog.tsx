import type { Role } from "@mintmark/sdk";
import { FormGroup } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { Choice } from "../../shared/choice.tsx";
import { Field } from "../../shared/field.tsx";
import { FormDialog } from "../../shared/form-dialog.tsx";
import { hub, queries } from "../../shared/hub.ts";
import { ROLES } from "./roles.ts";

export function NewUserDialog({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  return (
    <FormDialog
      title="Create user"
      verb="Create"
      complete={username !== ""}
      onClose={onClose}
      onSubmit={async () => {
        await hub.createUser({
          username,
          role,
          ...(password === "" ? {} : { password }),
          ...(displayName === "" ? {} : { displayName }),
          ...(email === "" ? {} : { email }),
        });
        await queries.invalidateQueries({ queryKey: ["users"] });
        await navigate(`/admin/users/${encodeURIComponent(username)}`);
      }}
    >
      <Field
        id="username"
        name="username"
        label="User name"
        required
        focused
        value={username}
        onChange={setUsername}
      />
      <Field
        id="password"
        name="password"
        label="Password"
        type="password"
        help="At least 12 characters. Without one the account cannot sign in yet."
        value={password}
        onChange={setPassword}
      />
      <Field
        id="display-name"
        name="displayName"
        label="Name"
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

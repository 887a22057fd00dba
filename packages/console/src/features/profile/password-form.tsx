import { MintmarkError } from "@mintmark/sdk";
import { Alert, Button, Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useAction } from "../../shared/action.ts";
import { Field } from "../../shared/field.tsx";
import { credentialsChanged, hub, queries } from "../../shared/hub.ts";
import { Problem } from "../../shared/problem.tsx";
import { useSession } from "../../shared/session.ts";

const LENGTH_MIN = 12;

interface Typed {
  readonly current: string;
  readonly next: string;
  readonly again: string;
  readonly revoke: boolean;
}

const NOTHING: Typed = { current: "", next: "", again: "", revoke: false };

/** Changes the person's own password; asks for the present one. */
export function PasswordForm() {
  const { username } = useSession().session.user;
  const [typed, setTyped] = useState(NOTHING);
  const [done, setDone] = useState<string | null>(null);
  const change = useAction(async () => {
    setDone(null);
    await changePassword(typed);
    setDone(
      `Your password is changed, and you are signed out everywhere else.${typed.revoke ? " All your tokens and keys are revoked." : ""}`,
    );
    setTyped(NOTHING);
    await Promise.all([queries.invalidateQueries({ queryKey: ["sessions"] }), credentialsChanged()]);
  });
  // A password store fills all fields at once.
  const type = (some: Partial<Typed>) => setTyped((before) => ({ ...before, ...some }));
  const { current, next, again, revoke } = typed;
  const differs = again !== "" && again !== next;
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        void change.run();
      }}
    >
      {/* For the browser's own password store, which wants to know whose it is. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <Field
        id="current-password"
        label="Current password"
        type="password"
        autoComplete="current-password"
        required
        value={current}
        onChange={(value) => type({ current: value })}
      />
      <Field
        id="new-password"
        label="New password"
        type="password"
        help={`At least ${LENGTH_MIN} characters.`}
        required
        value={next}
        onChange={(value) => type({ next: value })}
      />
      <Field
        id="new-password-again"
        label="New password once more"
        type="password"
        {...(differs ? { help: "The passwords don't match." } : {})}
        required
        value={again}
        onChange={(value) => type({ again: value })}
      />
      <Checkbox
        id="revoke-credentials"
        label="Also revoke all my tokens and keys"
        description="If somebody may have known the old password. Everything that uses them stops working at once."
        isChecked={revoke}
        onChange={(_event, checked) => type({ revoke: checked })}
      />
      <Problem sentence={change.problem} />
      {done === null ? null : <Alert isInline isLiveRegion component="p" variant="success" title={done} />}
      <div>
        <Button
          type="submit"
          variant="primary"
          isLoading={change.busy}
          isDisabled={change.busy || current === "" || next.length < LENGTH_MIN || again !== next}
        >
          Change password
        </Button>
      </div>
    </Form>
  );
}

async function changePassword({ current, next, revoke }: Typed): Promise<void> {
  try {
    await hub.changePassword({ currentPassword: current, newPassword: next, revokeCredentials: revoke });
  } catch (error) {
    if (error instanceof MintmarkError && error.code === "invalid_login") {
      throw new MintmarkError({ ...error, message: "The current password is wrong." });
    }
    throw error;
  }
}

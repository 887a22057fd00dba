import type { Credential } from "@mintmark/sdk";
import { Alert } from "@patternfly/react-core";
import { dateTime } from "../../shared/time.tsx";

/** Why a credential is frozen, since when, and what can be done about it. */
export function FrozenNotice({
  credential: { frozen, state },
  mayThaw,
}: {
  readonly credential: Credential;
  readonly mayThaw: boolean;
}) {
  if (state !== "frozen" || frozen === null) {
    return null;
  }
  const { at, by, reason, until } = frozen;
  return (
    <Alert
      isInline
      component="h2"
      variant="info"
      title={`Frozen by ${by} on ${dateTime(at)}${reason === null ? "" : `: ${reason}`}`}
    >
      <p>
        It is refused everywhere
        {until === null ? " until it is thawed. " : ` until ${dateTime(until)}, unless it is thawed before. `}
        {mayThaw
          ? "Thaw it to accept it again, or revoke it for good."
          : "Only an administrator can thaw it; you can revoke it for good."}
      </p>
    </Alert>
  );
}

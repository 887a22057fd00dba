import type { Credential } from "@mintmark/sdk";
import { Alert, Button } from "@patternfly/react-core";
import { Link } from "react-router";
import { useAction } from "../../shared/action.ts";
import type { Hold } from "../../shared/hold.ts";
import { credentialsChanged, hub } from "../../shared/hub.ts";
import { Problem } from "../../shared/problem.tsx";
import { useSession } from "../../shared/session.ts";

/** A list of addresses that is tried: what it would refuse is reported. Its owner enforces or drops it. */
export function TrialNotice({
  credential: { id, addressTrial, state },
  hold,
}: {
  readonly credential: Credential;
  readonly hold: Hold;
}) {
  const { role } = useSession().session.user;
  const decide = useAction(async (enforce: boolean) => {
    await hub.editCredential(id, {
      ...(enforce ? { addresses: addressTrial } : {}),
      addressTrial: null,
    });
    await credentialsChanged();
  });
  if (addressTrial === null || state !== "active") {
    return null;
  }
  return (
    <Alert isInline component="h2" variant="info" title="A limit to addresses is on trial">
      <div className="mm-stack">
        <p>
          Uses from outside of <code>{addressTrial.join(" ")}</code> are reported, not refused.{" "}
          {role === "member" ? null : (
            <Link to={`/admin/audit?action=credential.outside&credential=${id}`}>
              What it would have refused
            </Link>
          )}
        </p>
        {hold === "owner" ? (
          <div className="mm-filters">
            <Button variant="secondary" isDisabled={decide.busy} onClick={() => void decide.run(true)}>
              Enforce
            </Button>
            <Button variant="link" isDisabled={decide.busy} onClick={() => void decide.run(false)}>
              Drop
            </Button>
          </div>
        ) : null}
        <Problem sentence={decide.problem} />
      </div>
    </Alert>
  );
}

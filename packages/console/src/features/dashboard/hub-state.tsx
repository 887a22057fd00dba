import type { GetStatisticsAnswer } from "@mintmark/sdk";
import { Label } from "@patternfly/react-core";
import { Link } from "react-router";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { RelativeTime } from "../../shared/time.tsx";

const EVENTS_SHOWN = "10";

export function LatestEvents() {
  const query = useHub(["audit", "latest"], (signal) => hub.listEvents({ limit: EVENTS_SHOWN }, { signal }));
  return (
    <Loaded query={query}>
      {({ events }) => (
        <ul className="mm-lines">
          {events.map(({ seq, at, action, actor, owner }) => (
            <li key={seq}>
              <Link to={`/admin/audit?action=${encodeURIComponent(action)}`}>{action}</Link> by {actor}
              {owner === null || owner === actor ? "" : `, of ${owner}`}, <RelativeTime at={at} />
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}

export function Nodes({ nodes }: { readonly nodes: NonNullable<GetStatisticsAnswer["nodes"]> }) {
  return (
    <ul className="mm-lines">
      {nodes.map(({ id, name, answers, ms, lastSeenAt }) => (
        <li key={id}>
          {answers ? <Label color="green">Answers</Label> : <Label color="orange">Silent</Label>} {name}
          {ms === null ? (
            <>
              , last seen <RelativeTime at={lastSeenAt} />
            </>
          ) : (
            `, ${ms} ms`
          )}
        </li>
      ))}
    </ul>
  );
}

export function AuditChain({ audit }: { readonly audit: NonNullable<GetStatisticsAnswer["audit"]> }) {
  const { intact, brokenAt, checkedFrom, sequence } = audit;
  return (
    <p>
      {intact ? <Label color="green">Intact</Label> : <Label color="red">Broken</Label>}{" "}
      {intact
        ? `Events ${checkedFrom} to ${sequence} are as they were written.`
        : `Event ${brokenAt ?? sequence + 1} is missing, out of place or changed.`}{" "}
      <Link to="/admin/audit">Audit log</Link>
    </p>
  );
}

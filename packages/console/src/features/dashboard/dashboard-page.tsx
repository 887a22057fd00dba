import type { GetStatisticsAnswer } from "@mintmark/sdk";
import { Card, CardBody, CardTitle, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { hub, useHub } from "../../shared/hub.ts";
import { KINDS } from "../../shared/kinds.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { dateTime } from "../../shared/time.tsx";
import { barsOf, reasonsOf, type Span } from "./activity.ts";
import { BarChart } from "./bar-chart.tsx";
import { CredentialNumbers, KindNumbers } from "./credential-numbers.tsx";
import { AuditChain, LatestEvents, Nodes } from "./hub-state.tsx";

const REFRESH_MS = 60_000;
const NUMBER = new Intl.NumberFormat("en");
const VERDICTS = [
  { name: "Accepted", color: "good" },
  { name: "Refused", color: "bad" },
] as const;
const SIGN_INS = [
  { name: "Signed in", color: "good" },
  { name: "Refused", color: "bad" },
] as const;

/** How the hub is doing, for administrators and auditors. */
export function DashboardPage() {
  const query = useHub(["statistics"], (signal) => hub.getStatistics({ of: "hub" }, { signal }), {
    refetchMs: REFRESH_MS,
  });
  return (
    <Page
      title="Dashboard"
      intro={query.data ? `Counted ${dateTime(query.data.countedAt)}. Each number opens its list.` : ""}
    >
      <Loaded query={query}>
        {(statistics) => (
          <div className="mm-stack">
            <Part title="Credentials">
              <CredentialNumbers statistics={statistics} />
              <KindNumbers statistics={statistics} nameOf={(kind) => KINDS[kind].name} />
            </Part>
            <ActivityParts statistics={statistics} />
            <div className="mm-parts">
              <Part title="Most used, yesterday and today">
                <MostUsed rows={statistics.mostUsed ?? []} />
              </Part>
              <Part title="Latest events">
                <LatestEvents />
              </Part>
              <Part title="Nodes">
                <Nodes nodes={statistics.nodes ?? []} />
              </Part>
              {statistics.audit ? (
                <Part title="Audit chain">
                  <AuditChain audit={statistics.audit} />
                </Part>
              ) : null}
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card isCompact>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>
        <div className="mm-stack">{children}</div>
      </CardBody>
    </Card>
  );
}

function ActivityParts({ statistics }: { readonly statistics: GetStatisticsAnswer }) {
  const [span, setSpan] = useState<Span>("hours");
  const rows = statistics[span] ?? [];
  const reasons = reasonsOf(rows);
  const words = span === "hours" ? "the last 24 hours" : "the last 90 days";
  return (
    <>
      <ToggleGroup aria-label="Time">
        <ToggleGroupItem text="24 hours" isSelected={span === "hours"} onChange={() => setSpan("hours")} />
        <ToggleGroupItem text="90 days" isSelected={span === "days"} onChange={() => setSpan("days")} />
      </ToggleGroup>
      <div className="mm-parts">
        <Part title="Verifications">
          <BarChart
            key={span}
            label={`Verifications, ${words}`}
            bars={barsOf(rows, span, ({ accepted, refused }) => [accepted, refused])}
            series={VERDICTS}
          />
          {reasons.length === 0 ? (
            <p>Nothing was refused in {words}.</p>
          ) : (
            <table className="mm-numbers-table">
              <caption>Refused in {words}, by reason</caption>
              <tbody>
                {reasons.map(({ word, reason, count }) => (
                  <tr key={word}>
                    <th scope="row">
                      <Link to={`/admin/audit?${new URLSearchParams(refusalsOf(word, span))}`}>{reason}</Link>
                    </th>
                    <td>{NUMBER.format(count)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <p>
            <Link to="/admin/audit?action=credential.refuse">Refused credentials in the audit log</Link>. Not
            every refusal is there: that of a plain verification is only counted.
          </p>
        </Part>
        <Part title="Sign-ins">
          <BarChart
            key={span}
            label={`Sign-ins, ${words}`}
            bars={barsOf(rows, span, ({ signIns, refusedSignIns }) => [signIns, refusedSignIns])}
            series={SIGN_INS}
          />
          <p>
            <Link to="/admin/audit?action=session.refuse">Refused sign-ins in the audit log</Link>
          </p>
        </Part>
      </div>
    </>
  );
}

const DAY_MS = 86_400_000;

/** The filter of the audit log for what was refused for this reason. */
function refusalsOf(reason: string, span: Span): Readonly<Record<string, string>> {
  const from = new Date(Date.now() - (span === "hours" ? 1 : 90) * DAY_MS).toISOString().slice(0, 10);
  return reason === "rotated"
    ? { action: "credential.reuse", from }
    : { action: "credential.refuse", search: `"${reason}"`, from };
}

function MostUsed({ rows }: { readonly rows: NonNullable<GetStatisticsAnswer["mostUsed"]> }) {
  if (rows.length === 0) {
    return <p>No credential was used.</p>;
  }
  return (
    <table className="mm-numbers-table">
      <thead>
        <tr>
          <th scope="col">Credential</th>
          <th scope="col">Owner</th>
          <th scope="col">Uses</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, title, kind, hint, owner, uses }) => (
          <tr key={id}>
            <th scope="row">
              <Link to={`/admin/credentials/${id}`}>{title ?? `${KINDS[kind].name} ${hint}`}</Link>
            </th>
            <td>{owner ?? "—"}</td>
            <td>{NUMBER.format(uses)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

import type { AuditEvent } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { saveCsv } from "../../shared/csv-file.ts";
import { Facts } from "../../shared/facts.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { useFilters, usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { dateTime, RelativeTime } from "../../shared/time.tsx";
import { TotalAndCsv } from "../../shared/total-and-csv.tsx";
import { AuditFilters, auditFilterOf } from "./audit-filters.tsx";
import { ChainCheck } from "./chain-check.tsx";

const FOLLOW_MS = 3000;
/** Nobody reads a whole one, and the column has no room for it. */
const DIGEST = /^[0-9a-f]{64}$/;
const DIGEST_SHOWN = 12;

const COLUMNS: readonly Column<AuditEvent>[] = [
  { title: "No.", cell: (one) => one.seq, whole: true },
  { title: "Time", cell: (one) => <RelativeTime at={one.at} />, whole: true },
  { title: "Actor", cell: (one) => one.actor, clip: (one) => one.actor },
  { title: "Action", cell: (one) => <code>{one.action}</code>, whole: true },
  {
    title: "Credential",
    cell: (one) =>
      one.credentialId === null ? (
        "—"
      ) : (
        <Link to={`/admin/credentials/${one.credentialId}`}>{hintOf(one)}</Link>
      ),
    whole: true,
  },
  { title: "From", cell: (one) => one.address ?? "—", whole: true },
  { title: "Details", cell: (one) => detailsOf(one), wide: true, clip: (one) => detailsOf(one) },
];

/** The whole of an event, below its line. */
function Details({ event }: { readonly event: AuditEvent }) {
  const { address, agent, at, credentialId, details, owner } = event;
  const facts: readonly (readonly [string, string])[] = [
    ["At", `${dateTime(at)} (${at})`],
    ["From", address ?? "—"],
    ["By", agent ?? "—"],
    ["Owner", owner ?? "—"],
    ...(credentialId === null ? [] : [["Credential", credentialId] as const]),
    ...Object.entries(details).map(([name, value]) => [name, detailWords(name, value)] as const),
  ];
  return <Facts facts={facts} />;
}

export function AuditPage() {
  const filters = useFilters();
  const filter = auditFilterOf(filters);
  const [following, setFollowing] = useState(false);
  const paging = usePaging();
  const { credentialId, search } = filter;
  const query = useHub(
    ["audit", "list", filter, paging.cursor],
    (signal) => hub.listEvents({ ...filter, cursor: paging.cursor, limit: "50" }, { signal }),
    following ? { refetchMs: FOLLOW_MS } : {},
  );
  const total = useHub(["audit", "count", filter], (signal) => hub.countEvents(filter, { signal }));
  return (
    <Page
      title="Audit log"
      intro="Every change and every refused log-in. Each event holds the hash of the one before, so that none can be removed unnoticed."
    >
      <AuditFilters
        filters={filters}
        following={following}
        onFollow={(on) => {
          setFollowing(on);
          paging.reset();
        }}
      />
      <TotalAndCsv total={total.data} noun="event" onSave={() => saveCsv("audit.csv", "audit", [filter])} />
      {credentialId === "" ? null : (
        <p>
          Events of one credential. <Link to={`/admin/credentials/${credentialId}`}>Show the credential</Link>{" "}
          <Button variant="link" isInline onClick={() => filters.set({ credential: "" })}>
            Show all
          </Button>
        </p>
      )}
      <ChainCheck />
      <Loaded query={query}>
        {({ events, nextCursor }) => (
          <>
            {events.length === 0 ? (
              <Nothing title="No events">
                {nextCursor === null
                  ? "No event matches. An action, an actor and an owner are compared as a whole."
                  : `No event of this part of the log holds "${search}". The next page searches older events.`}
              </Nothing>
            ) : (
              <Rows
                label="Events"
                columns={COLUMNS}
                rows={events}
                keyOf={(one) => String(one.seq)}
                details={(one) => <Details event={one} />}
              />
            )}
            <PageTurner paging={paging} nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function hintOf({ details, credentialId }: AuditEvent): string {
  const { hint } = details;
  return typeof hint === "string" ? hint : (credentialId ?? "");
}

function detailsOf({ details }: AuditEvent): string {
  return Object.entries(details)
    .filter(([name, value]) => name !== "hint" && value !== null)
    .map(([name, value]) => `${name}: ${detailWords(name, value)}`)
    .join(", ");
}

function detailWords(name: string, value: unknown): string {
  if (typeof value === "number" && name.endsWith("At")) {
    return dateTime(new Date(value).toISOString());
  }
  if (Array.isArray(value)) {
    return value.join(" ");
  }
  if (typeof value !== "string") {
    return JSON.stringify(value);
  }
  return DIGEST.test(value) ? `${value.slice(0, DIGEST_SHOWN)}…` : value;
}

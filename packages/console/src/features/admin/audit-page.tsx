import type { AuditEvent } from "@mintmark/sdk";
import { Button, Form, Switch, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { Facts } from "../../shared/facts.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { useFilters, usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { dateTime, RelativeTime } from "../../shared/time.tsx";
import { ChainCheck } from "./chain-check.tsx";

const FOLLOW_MS = 3000;
/** Suggestions; any other action can be typed. */
const ACTIONS = [
  ...[
    "issue",
    "replace",
    "rotate",
    "revoke",
    "freeze",
    "thaw",
    "edit",
    "touch",
    "reveal",
    "move",
    "expire",
  ].map((verb) => `credential.${verb}`),
  ...["create", "update", "disable", "enable", "delete", "suspend"].map((verb) => `account.${verb}`),
  ...["create", "refuse", "end"].map((verb) => `session.${verb}`),
  "grant.update",
  "client.create",
  "client.delete",
  "key.rotate",
];
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
  const filter = { actor: filters.get("actor"), action: filters.get("action") };
  const [actor, setActor] = useState(filter.actor);
  const [action, setAction] = useState(filter.action);
  const [following, setFollowing] = useState(false);
  const paging = usePaging();
  const credentialId = filters.get("credential");
  const query = useHub(
    ["audit", filter, credentialId, paging.cursor],
    (signal) => hub.listEvents({ ...filter, credentialId, cursor: paging.cursor, limit: "50" }, { signal }),
    following ? { refetchMs: FOLLOW_MS } : {},
  );
  return (
    <Page
      title="Audit log"
      intro="Every change and every refused log-in. Each event holds the hash of the one before, so that none can be removed unnoticed."
    >
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          filters.set({ actor: actor.trim(), action: action.trim() });
        }}
      >
        <div className="mm-filters">
          <TextInput
            className="mm-choice"
            aria-label="Actor"
            placeholder="Actor"
            value={actor}
            onChange={(_event, value) => setActor(value)}
          />
          <TextInput
            className="mm-choice"
            aria-label="Action, for example credential.revoke"
            placeholder="Action"
            list="audit-actions"
            value={action}
            onChange={(_event, value) => setAction(value)}
          />
          <datalist id="audit-actions">
            {ACTIONS.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
          <Button type="submit" variant="secondary">
            Show
          </Button>
          <Switch
            id="follow"
            label="Follow"
            isChecked={following}
            onChange={(_event, on) => {
              setFollowing(on);
              paging.reset();
            }}
          />
        </div>
      </Form>
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
        {({ events, nextCursor }) =>
          events.length === 0 ? (
            <Nothing title="No events">
              No event matches. An actor and an action are compared as a whole.
            </Nothing>
          ) : (
            <>
              <Rows
                label="Events"
                columns={COLUMNS}
                rows={events}
                keyOf={(one) => String(one.seq)}
                details={(one) => <Details event={one} />}
              />
              <PageTurner paging={paging} nextCursor={nextCursor} />
            </>
          )
        }
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

import type { ListSessionsAnswer } from "@mintmark/sdk";
import { Button, Label, Title } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../shared/confirm.tsx";
import { hub, queries, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { dateTime, RelativeTime, TimeUntil } from "../../shared/time.tsx";

type Session = ListSessionsAnswer["sessions"][number];

const COLUMNS: readonly Column<Session>[] = [
  {
    title: "Signed in",
    cell: (one) => (
      <>
        <RelativeTime at={one.createdAt} /> {one.current ? <Label color="blue">This session</Label> : null}
      </>
    ),
  },
  { title: "From", cell: (one) => one.address ?? "—", whole: true },
  { title: "With", cell: (one) => one.agent ?? "—", clip: (one) => one.agent ?? "", wide: true },
  { title: "Expires", cell: (one) => <TimeUntil at={one.expiresAt} />, whole: true },
];

/** Where one is signed in, and the way out of there. */
export function SessionList() {
  const paging = usePaging();
  const [asking, setAsking] = useState(false);
  const query = useHub(["sessions", paging.cursor], (signal) =>
    hub.listSessions({ cursor: paging.cursor, limit: "20" }, { signal }),
  );
  return (
    <section className="mm-stack" aria-label="Sessions">
      <div className="mm-head-row">
        <Title headingLevel="h2">Where you are signed in</Title>
        <Button variant="secondary" isDanger onClick={() => setAsking(true)}>
          Sign out everywhere else
        </Button>
      </div>
      <Loaded query={query}>
        {({ sessions, nextCursor }) => (
          <>
            <Rows
              label="Sessions"
              columns={COLUMNS}
              rows={sessions}
              keyOf={(one) => one.id}
              actions={(one) => (one.current ? null : <EndButton session={one} />)}
            />
            <PageTurner paging={paging} nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
      {asking ? (
        <Confirm
          danger
          title="Sign out everywhere else?"
          verb="Sign out everywhere else"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await hub.endOtherSessions();
            paging.reset();
            await sessionsChanged();
          }}
        >
          All your other sessions end, also those of scripts that signed in with your password. Your tokens
          and keys keep working.
        </Confirm>
      ) : null}
    </section>
  );
}

function EndButton({ session }: { readonly session: Session }) {
  const [asking, setAsking] = useState(false);
  const which = `the session of ${dateTime(session.createdAt)}`;
  return (
    <>
      <Button
        variant="link"
        isDanger
        isInline
        aria-label={`Sign out ${which}`}
        onClick={() => setAsking(true)}
      >
        Sign out
      </Button>
      {asking ? (
        <Confirm
          danger
          title={`Sign out ${which}?`}
          verb="Sign out"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await hub.endSession(session.id);
            await sessionsChanged();
          }}
        >
          That browser has to enter the password again. If that was not you, change your password.
        </Confirm>
      ) : null}
    </>
  );
}

function sessionsChanged(): Promise<void> {
  return queries.invalidateQueries({ queryKey: ["sessions"] });
}

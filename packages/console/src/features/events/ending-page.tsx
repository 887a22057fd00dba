import type { Credential } from "@mintmark/sdk";
import { Button, Switch } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { useAction } from "../../shared/action.ts";
import { Expires, LastUse } from "../../shared/credentials.tsx";
import { credentialsChanged, hub, useHub } from "../../shared/hub.ts";
import { KINDS, nameOf } from "../../shared/kinds.ts";
import { endOf } from "../../shared/lifetime.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { usePaging } from "../../shared/paging.ts";
import { Problem } from "../../shared/problem.tsx";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { useSession } from "../../shared/session.ts";
import { dateTime } from "../../shared/time.tsx";

const PAGE_SIZE = 50;

const COLUMNS: readonly Column<Credential>[] = [
  {
    title: "Title",
    cell: (one) => <Link to={`/overview/${one.id}`}>{nameOf(one)}</Link>,
    wide: true,
    clip: nameOf,
  },
  { title: "Kind", cell: (one) => KINDS[one.kind].name },
  { title: "Hint", cell: (one) => <code>{one.hint}</code>, whole: true },
  { title: "Owner", cell: (one) => one.owner ?? "—" },
  { title: "Last used", cell: (one) => <LastUse credential={one} /> },
  { title: "Expires", cell: (one) => <Expires credential={one} /> },
  { title: "On", cell: (one) => dateTime(endOf(one) ?? one.createdAt), whole: true },
];

/** What expires when, the nearest first, with a button that keeps alive what expires for lack of use. */
export function EndingPage() {
  const { username, role } = useSession().session.user;
  const [everybody, setEverybody] = useState(false);
  const paging = usePaging();
  const owner = everybody ? "*" : username;
  const query = useHub(["credentials", "by-end", owner, paging.cursor], (signal) =>
    hub.listCredentials(
      { owner, state: "active", sort: "expires", cursor: paging.cursor, limit: PAGE_SIZE },
      { signal },
    ),
  );
  const keep = useAction(async (id: string) => {
    await hub.touchCredential(id);
    await credentialsChanged();
  });
  const canKeep = (one: Credential) =>
    one.owner === username && one.idleExpiresAt !== null && one.idleExpiresAt === endOf(one);
  return (
    <Page
      title="What expires when"
      intro="What expires next comes first. What expires only when nobody uses it can be kept alive here."
    >
      {role === "member" ? null : (
        <Switch
          id="everybody"
          label="All users' credentials"
          isChecked={everybody}
          onChange={(_event, checked) => {
            setEverybody(checked);
            paging.reset();
          }}
        />
      )}
      <Problem sentence={keep.problem} />
      <Loaded query={query}>
        {({ credentials, nextCursor }) => {
          const ending = credentials.filter((one) => endOf(one) !== null);
          return (
            <>
              {ending.length === 0 ? (
                <Nothing title="Nothing expires">Nothing here has an end of its own.</Nothing>
              ) : (
                <Rows
                  label="What expires when"
                  columns={COLUMNS}
                  rows={ending}
                  keyOf={(one) => one.id}
                  actions={(one) =>
                    canKeep(one) ? (
                      <Button
                        variant="secondary"
                        size="sm"
                        aria-label={`Keep ${nameOf(one)} alive`}
                        isDisabled={keep.busy}
                        onClick={() => void keep.run(one.id)}
                      >
                        Keep alive
                      </Button>
                    ) : null
                  }
                />
              )}
              <PageTurner
                paging={paging}
                nextCursor={ending.length < credentials.length ? null : nextCursor}
              />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

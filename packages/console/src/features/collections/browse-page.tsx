import type { Collection } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { Link, useNavigate } from "react-router";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { RelativeTime } from "../../shared/time.tsx";

const COLUMNS: readonly Column<Collection>[] = [
  {
    title: "Collection",
    cell: ({ namespace, name }) => (
      <Link to={`/collections/browse/${namespace}/${name}`}>
        {namespace}.{name}
      </Link>
    ),
  },
  { title: "Highest version", cell: (one) => one.highestVersion },
  { title: "Updated", cell: (one) => <RelativeTime at={one.updatedAt} /> },
];

export function BrowsePage() {
  const navigate = useNavigate();
  const paging = usePaging();
  const query = useHub(["collections", paging.cursor], (signal) =>
    hub.listCollections({ cursor: paging.cursor, limit: "50" }, { signal }),
  );
  return (
    <Page title="Collections" intro="What was published to this hub and you may install.">
      <Loaded query={query}>
        {({ collections, nextCursor }) =>
          collections.length === 0 ? (
            <Nothing
              title="No collections"
              action={
                <Button variant="primary" onClick={() => navigate("/collections/api-token")}>
                  Load an API token
                </Button>
              }
            >
              With an API token, <code>ansible-galaxy collection publish</code> brings the first one here.
            </Nothing>
          ) : (
            <>
              <Rows
                label="Collections"
                columns={COLUMNS}
                rows={collections}
                keyOf={({ namespace, name }) => `${namespace}.${name}`}
              />
              <PageTurner paging={paging} nextCursor={nextCursor} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

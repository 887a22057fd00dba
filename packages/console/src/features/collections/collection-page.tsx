import type { CollectionVersion } from "@mintmark/sdk";
import { Title } from "@patternfly/react-core";
import { useParams } from "react-router";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { Snippet } from "../../shared/snippet.tsx";
import { RelativeTime } from "../../shared/time.tsx";

const COLUMNS: readonly Column<CollectionVersion>[] = [
  { title: "Version", cell: (one) => one.version, whole: true },
  { title: "Published", cell: (one) => <RelativeTime at={one.createdAt} />, whole: true },
  { title: "Needs ansible-core", cell: (one) => one.requiresAnsible ?? "—", whole: true },
  { title: "Size", cell: (one) => `${(one.size / 1000).toFixed(1)} KB`, whole: true },
  { title: "SHA-256", cell: (one) => <code>{one.sha256}</code>, clip: (one) => one.sha256, wide: true },
];

export function CollectionPage() {
  const { namespace = "", name = "" } = useParams();
  const paging = usePaging();
  const query = useHub(["collection", namespace, name, paging.cursor], (signal) =>
    hub.getCollection(namespace, name, { cursor: paging.cursor, limit: "50" }, { signal }),
  );
  const full = `${namespace}.${name}`;
  return (
    <Page title={full} trail={[{ to: "/collections", title: "Collections" }]}>
      <Loaded query={query}>
        {({ collection, versions, nextCursor }) => (
          <>
            <div className="mm-stack mm-narrow">
              <Snippet
                label={`Install ${collection.highestVersion}, the highest version`}
                text={`ansible-galaxy collection install ${full}`}
              />
              <Snippet
                label="requirements.yml"
                filename="requirements.yml"
                text={`collections:\n  - name: ${full}\n    version: "${collection.highestVersion}"\n`}
              />
            </div>
            <Title headingLevel="h2">Versions</Title>
            <Rows label="Versions" columns={COLUMNS} rows={versions} keyOf={(one) => one.version} />
            <PageTurner paging={paging} nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

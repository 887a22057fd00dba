import type { Credential, CredentialKind } from "@mintmark/sdk";
import { Title } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { CREDENTIAL_COLUMNS, KINDS, RevokeButton } from "./credentials.tsx";
import { hub, useHub } from "./hub.ts";
import { Loaded } from "./loaded.tsx";
import { useOrder, usePaging } from "./paging.ts";
import { type Column, PageTurner, Rows } from "./rows.tsx";

const PAGE_SIZE = "20";

const COLUMNS: readonly Column<Credential>[] = [
  {
    title: "Title",
    wide: true,
    cell: (one) => <Link to={`/overview/${one.id}`}>{one.title ?? KINDS[one.kind].name}</Link>,
    order: "title",
  },
  ...CREDENTIAL_COLUMNS,
];

/** A person's own active credentials of one kind, below the form that creates them. */
export function CredentialList({
  kind,
  title,
  empty,
  actions,
}: {
  readonly kind: CredentialKind;
  readonly title: string;
  readonly empty: string;
  readonly actions?: (credential: Credential) => ReactNode;
}) {
  const paging = usePaging();
  const order = useOrder("-created", paging);
  const { sort } = order;
  const query = useHub(["credentials", "mine", kind, "active", "list", sort, paging.cursor], (signal) =>
    hub.listCredentials({ kind, state: "active", sort, cursor: paging.cursor, limit: PAGE_SIZE }, { signal }),
  );
  return (
    <section className="mm-stack" aria-label={title}>
      <Title headingLevel="h2">{title}</Title>
      <Loaded query={query}>
        {({ credentials, nextCursor }) =>
          credentials.length === 0 ? (
            <p className="mm-quiet">{empty}</p>
          ) : (
            <>
              <Rows
                label={title}
                columns={COLUMNS}
                rows={credentials}
                keyOf={(one) => one.id}
                order={order}
                actions={(one) => (
                  <>
                    {actions?.(one)}
                    <RevokeButton credential={one} />
                  </>
                )}
              />
              <PageTurner paging={paging} nextCursor={nextCursor} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

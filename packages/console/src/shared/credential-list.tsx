import {
  type Credential,
  type CredentialKind,
  type ListCredentialsAnswer,
  MintmarkError,
} from "@mintmark/sdk";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { BulkBar } from "./bulk-bar.tsx";
import { CredentialFilters, type Shown, useShown } from "./credential-filters.tsx";
import { CredentialMenu } from "./credential-menu.tsx";
import { LIFE_COLUMNS } from "./credentials.tsx";
import { isLive, useHold } from "./hold.ts";
import { hub, useHub } from "./hub.ts";
import { KINDS, nameOf, titleOf } from "./kinds.ts";
import { ListTotal } from "./list-total.tsx";
import { Loaded, Nothing } from "./loaded.tsx";
import { usePaging } from "./paging.ts";
import { RevokeButton } from "./revoke-button.tsx";
import { type Column, PageTurner, Rows, type Selection } from "./rows.tsx";
import { Sparkline, type Uses, useUses } from "./sparkline.tsx";

const PAGE_SIZE = 50;

interface CredentialListProps {
  readonly label: string;
  /** A user or service, or `*` for everybody; absent: the caller's own. */
  readonly owner?: string;
  /** Only this kind. */
  readonly kind?: CredentialKind;
  /** The address that the pages of single credentials are below. */
  readonly base?: "/overview" | "/admin/credentials";
  /** What is said if there is none at all. */
  readonly empty: ReactNode;
  /** More actions for each row. */
  readonly actions?: (credential: Credential) => ReactNode;
}

/**
 * The one list of credentials, for a person's own of one kind as for everybody's: filters, order and page are
 * in the address, rows can be selected and changed together, and each row has its menu.
 */
export function CredentialList(props: CredentialListProps) {
  const shown = useShown({ owner: props.owner, kind: props.kind });
  const query = useCredentials(shown);
  const isUnknownOwner = query.error instanceof MintmarkError && query.error.status === 404;
  return (
    <section className="mm-stack" aria-label={props.label}>
      <CredentialFilters shown={shown} />
      {isUnknownOwner ? null : <ListTotal shown={shown} />}
      {isUnknownOwner ? (
        <Nothing title={`No user named "${shown.owner}".`}>
          Type the user name as it is in the list of users.
        </Nothing>
      ) : (
        <Loaded query={query}>
          {(answer) => <CredentialPage {...props} shown={shown} answer={answer} />}
        </Loaded>
      )}
    </section>
  );
}

function CredentialPage(
  props: CredentialListProps & { readonly shown: Shown; readonly answer: ListCredentialsAnswer },
) {
  const { label, base = "/overview", empty, actions, shown, answer } = props;
  const { credentials, nextCursor } = answer;
  const hold = useHold();
  const paging = usePaging();
  const uses = useUses(props.owner === "*" ? [] : credentials);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const selectable = credentials.filter((one) => isLive(one) && hold(one) !== null);
  const selection: Selection<Credential> = {
    has: ({ id }) => selected.has(id),
    mayHave: (one) => selectable.includes(one),
    toggle: ({ id }, on) => setSelected(withId(selected, id, on)),
    toggleAll: (on) => setSelected(new Set(on ? selectable.map(({ id }) => id) : [])),
    nameOf,
  };
  if (credentials.length === 0 && paging.number === 1) {
    return shown.isFiltered ? (
      <Nothing title="No matching credentials">Choose other filters.</Nothing>
    ) : (
      empty
    );
  }
  const isWhole = nextCursor === null && paging.number === 1;
  return (
    <>
      <BulkBar
        chosen={selectable.filter(selection.has)}
        all={isWhole ? null : shown.bulkFilter}
        onDone={() => setSelected(new Set())}
      />
      <Rows
        label={label}
        columns={columnsOf(props, base, uses)}
        rows={credentials}
        keyOf={({ id }) => id}
        order={shown.order}
        {...(selectable.length === 0 ? {} : { selection })}
        actions={(one) => (
          <div className="mm-actions">
            {actions?.(one)}
            {hold(one) === null ? null : <RevokeButton credential={one} inRow />}
            <CredentialMenu credential={one} hold={hold(one)} path={`${base}/${one.id}`} />
          </div>
        )}
      />
      <PageTurner paging={paging} nextCursor={nextCursor} />
    </>
  );
}

/**
 * A page of the list. Without a filter by state it shows those that can be used again: the active ones, and
 * before the first of them the frozen ones.
 */
function useCredentials({ filter, state, isFirstPage }: Shown) {
  return useHub(["credentials", "list", filter, state], async (signal): Promise<ListCredentialsAnswer> => {
    if (state !== "") {
      const one = state === "all" ? {} : { state };
      return hub.listCredentials({ ...filter, ...one, limit: PAGE_SIZE }, { signal });
    }
    const [active, frozen] = await Promise.all([
      hub.listCredentials({ ...filter, state: "active", limit: PAGE_SIZE }, { signal }),
      isFirstPage
        ? hub.listCredentials({ ...filter, cursor: undefined, state: "frozen", limit: PAGE_SIZE }, { signal })
        : null,
    ]);
    return { ...active, credentials: [...(frozen?.credentials ?? []), ...active.credentials] };
  });
}

function columnsOf(
  { owner, kind }: CredentialListProps,
  base: string,
  uses: Uses,
): readonly Column<Credential>[] {
  const columns: Column<Credential>[] = [
    {
      title: "Title",
      wide: true,
      order: "title",
      clip: nameOf,
      cell: (one) => (
        <>
          <Link to={`${base}/${one.id}`}>{titleOf(one)}</Link>
          <span className="mm-second">
            {kind === undefined ? `${KINDS[one.kind].name} ` : null}
            <code>{one.hint}</code>
          </span>
        </>
      ),
    },
  ];
  if (owner === "*") {
    columns.push({
      title: "Owner",
      clip: (one) => one.owner ?? "",
      cell: (one) =>
        one.owner === null ? (
          "—"
        ) : (
          <Link to={`/admin/users/${encodeURIComponent(one.owner)}`}>{one.owner}</Link>
        ),
    });
  }
  return [
    ...columns,
    // The list of everybody has no room for it next to the owners.
    ...(owner === "*" ? [] : [usesColumn(uses)]),
    ...LIFE_COLUMNS,
  ];
}

function usesColumn(uses: Uses): Column<Credential> {
  return { title: "30 days", cell: ({ id }) => <Sparkline days={uses.get(id)} />, whole: true };
}

function withId(ids: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const next = new Set(ids);
  if (on) {
    next.add(id);
  } else {
    next.delete(id);
  }
  return next;
}

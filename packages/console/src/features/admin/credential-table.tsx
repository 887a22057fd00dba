import type { Credential, CredentialKind } from "@mintmark/sdk";
import { useState } from "react";
import { Link } from "react-router";
import { Choice } from "../../shared/choice.tsx";
import {
  CREDENTIAL_COLUMNS,
  CREDENTIAL_ORDERS,
  KIND_NAMES,
  KINDS,
  RevokeButton,
} from "../../shared/credentials.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { useOrder, usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { RevokeAll } from "./revoke-all.tsx";
import { useMayChange } from "./staff.ts";

type Unused = "" | "30" | "90" | "365";
type StateFilter = Credential["state"] | "";
const DAY_MS = 86_400_000;

const COLUMNS: readonly Column<Credential>[] = [
  {
    title: "Owner",
    cell: (one) =>
      one.owner === null ? (
        "—"
      ) : (
        <Link to={`/admin/users/${encodeURIComponent(one.owner)}`}>{one.owner}</Link>
      ),
  },
  {
    title: "Title",
    wide: true,
    cell: (one) => (
      <Link to={`/overview/${one.id}`}>{one.title ?? one.instance ?? KINDS[one.kind].name}</Link>
    ),
    order: "title",
  },
  { title: "Kind", cell: (one) => KINDS[one.kind].name, order: "kind" },
  ...CREDENTIAL_COLUMNS.filter(({ title }) => title !== "Made"),
];

/** The credentials of one person, or of everybody (`*`). */
export function CredentialTable({ owner }: { readonly owner: string }) {
  const mayChange = useMayChange();
  const [kind, setKind] = useState<CredentialKind | "">("");
  const [state, setState] = useState<StateFilter>("active");
  const [unused, setUnused] = useState<Unused>("");
  const paging = usePaging();
  const unusedSince = unused === "" ? "" : dayBefore(Number(unused));
  const order = useOrder("-created", paging);
  const { sort } = order;
  const filter = { owner, kind, state, unusedSince, sort, cursor: paging.cursor };
  const query = useHub(["credentials", "of", filter], (signal) =>
    hub.listCredentials({ ...filter, limit: "50" }, { signal }),
  );
  const narrowed =
    <Value,>(set: (value: Value) => void) =>
    (value: Value) => {
      set(value);
      paging.reset();
    };
  return (
    <>
      <div className="mm-filters">
        <Choice
          id="kind"
          label="Kind"
          value={kind}
          options={[["", "All kinds"], ...KIND_NAMES.map((each) => [each, KINDS[each].name] as const)]}
          onChange={narrowed(setKind)}
        />
        <Choice
          id="state"
          label="State"
          value={state}
          options={[
            ["active", "Living"],
            ["expired", "Expired"],
            ["revoked", "Revoked"],
            ["", "All states"],
          ]}
          onChange={narrowed(setState)}
        />
        <Choice
          id="unused"
          label="Last used"
          value={unused}
          options={[
            ["", "Used or not"],
            ["30", "Not used for 30 days"],
            ["90", "Not used for 90 days"],
            ["365", "Not used for a year"],
          ]}
          onChange={narrowed(setUnused)}
        />
        <Choice id="order" label="Order" value={sort} options={CREDENTIAL_ORDERS} onChange={order.set} />
        {mayChange && owner !== "*" ? <RevokeAll owner={owner} kind={kind} /> : null}
      </div>
      <Loaded query={query}>
        {({ credentials, nextCursor }) =>
          credentials.length === 0 ? (
            kind === "" && state === "active" && unused === "" ? (
              <Nothing title="No living credentials">Nothing here opens anything at present.</Nothing>
            ) : (
              <Nothing title="Nothing of that sort">Choose other filters.</Nothing>
            )
          ) : (
            <>
              <Rows
                label="Credentials"
                columns={COLUMNS}
                rows={credentials}
                keyOf={(one) => one.id}
                order={order}
                {...(mayChange ? { actions: (one: Credential) => <RevokeButton credential={one} /> } : {})}
              />
              <PageTurner paging={paging} nextCursor={nextCursor} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

/** To the day, so that the question is the same one at each render. */
function dayBefore(days: number): string {
  return new Date(Math.floor(Date.now() / DAY_MS - days) * DAY_MS).toISOString();
}

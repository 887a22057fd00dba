import type { ChangeCredentialsBody, Credential, CredentialKind } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Choice } from "./choice.tsx";
import { CREDENTIAL_ORDERS } from "./credentials.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { hub, useHub } from "./hub.ts";
import { KIND_NAMES, KINDS } from "./kinds.ts";
import { type Filters, type Order, useFilters, useOrder, usePaging } from "./paging.ts";
import { DayFilter, SearchBox, startOfDay, UserFilter, WordFilter } from "./search-filters.tsx";

const STATES = [
  ["", "Active and frozen"],
  ["active", "Active"],
  ["frozen", "Frozen"],
  ["expired", "Expired"],
  ["revoked", "Revoked"],
  ["all", "All states"],
] as const;
const UNUSED = [
  ["", "Used or not"],
  ["never", "Never used"],
  ["day", "Used in the last day"],
  ["30", "Not used for 30 days"],
  ["90", "Not used for 90 days"],
  ["365", "Not used for a year"],
] as const;
const EXPIRES = [
  ["", "Any expiry"],
  ["7", "Expires in 7 days"],
  ["30", "Expires in 30 days"],
] as const;
const UNUSED_DAYS = /^\d+$/;
const DAY_MS = 86_400_000;

type StateFilter = (typeof STATES)[number][0];

/** What a list shows: its filters, order and page as the API takes them. */
export interface Shown {
  readonly filters: Filters;
  readonly order: Order;
  readonly owner: string | undefined;
  readonly isEverybody: boolean;
  readonly fixedKind: CredentialKind | undefined;
  readonly state: StateFilter;
  readonly isFirstPage: boolean;
  readonly isFiltered: boolean;
  /** For the list, without the state. */
  readonly filter: {
    readonly owner: string | undefined;
    readonly kind: string;
    readonly instance: string;
    readonly unusedSince: string;
    readonly createdSince: string;
    readonly usedSince: string;
    readonly neverUsed: string;
    readonly expiresBy: string;
    readonly usedFrom: string;
    readonly search: string;
    readonly sort: string;
    readonly cursor: string | undefined;
  };
  /** The same for a change of all that match. */
  readonly bulkFilter: NonNullable<ChangeCredentialsBody["filter"]>;
}

/** Reads what the address says. Invalid words are left to the server to refuse. */
export function useShown(fixed: {
  readonly owner: string | undefined;
  readonly kind: CredentialKind | undefined;
}): Shown {
  const filters = useFilters();
  const order = useOrder("-created");
  const { cursor } = usePaging();
  const isEverybody = fixed.owner === "*";
  const typedOwner = isEverybody ? filters.get("owner") : "";
  const owner = typedOwner === "" ? fixed.owner : typedOwner;
  const kind = fixed.kind ?? filters.get("kind");
  const state = (STATES.find(([each]) => each === filters.get("state")) ?? STATES[0])[0];
  const unused = filters.get("unused");
  const expires = filters.get("expires");
  const rest = {
    instance: filters.get("instance"),
    unusedSince: UNUSED_DAYS.test(unused) ? dayBefore(Number(unused)) : filters.get("unusedSince"),
    usedSince: unused === "day" ? dayBefore(1) : filters.get("usedSince"),
    neverUsed: unused === "never" ? "true" : filters.get("neverUsed"),
    expiresBy: expires === "" ? filters.get("expiresBy") : dayBefore(-1 - Number(expires)),
    createdSince: startOfDay(filters.get("createdFrom")) || filters.get("createdSince"),
    usedFrom: filters.get("usedFrom"),
    search: filters.get("search"),
  };
  const asked = { ...rest, ...(fixed.kind === undefined ? { kind } : {}), typedOwner };
  return {
    filters,
    order,
    owner,
    isEverybody,
    fixedKind: fixed.kind,
    state,
    isFirstPage: cursor === undefined,
    isFiltered: state !== "" || Object.values(asked).some((value) => value !== ""),
    filter: { owner, kind, ...rest, sort: order.sort, cursor },
    bulkFilter: present({
      owner,
      kind,
      ...rest,
      neverUsed: rest.neverUsed === "" ? undefined : rest.neverUsed === "true",
      state: state === "all" ? "" : state,
    }) as Shown["bulkFilter"],
  };
}

/** To the day, so that the question is the same one at each render. */
function dayBefore(days: number): string {
  const since = Math.floor(Date.now() / DAY_MS - days) * DAY_MS;
  return Number.isFinite(since) ? new Date(since).toISOString() : "";
}

function present(
  filter: Readonly<Record<string, string | boolean | undefined>>,
): Readonly<Record<string, string | boolean | undefined>> {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""),
  );
}

/** The filters and the order above a list. */
export function CredentialFilters({ shown }: { readonly shown: Shown }) {
  const { filters, order, isEverybody, fixedKind, state } = shown;
  return (
    <FilterBar
      search={
        <SearchBox filters={filters} placeholder={isEverybody ? "Title, hint or owner" : "Title or hint"} />
      }
      isFiltered={shown.isFiltered}
      onClear={() => filters.set(NO_FILTER)}
    >
      {isEverybody ? <UserFilter filters={filters} name="owner" label="Owner" /> : null}
      {fixedKind === undefined ? (
        <Choice
          id="kind"
          label="Kind"
          value={filters.get("kind")}
          options={[["", "All kinds"], ...KIND_NAMES.map((each) => [each, KINDS[each].name] as const)]}
          onChange={(kind) => filters.set({ kind })}
        />
      ) : null}
      <Choice
        id="state"
        label="State"
        value={state}
        options={STATES}
        onChange={(next: StateFilter | Credential["state"]) => filters.set({ state: next })}
      />
      <Choice
        id="unused"
        label="Last used"
        value={filters.get("unused")}
        options={UNUSED}
        onChange={(unused) => filters.set({ unused, unusedSince: "", usedSince: "", neverUsed: "" })}
      />
      <Choice
        id="expires"
        label="Expires"
        value={filters.get("expires")}
        options={EXPIRES}
        onChange={(expires) => filters.set({ expires, expiresBy: "" })}
      />
      <Choice id="order" label="Order" value={order.sort} options={CREDENTIAL_ORDERS} onChange={order.set} />
      <MoreFilters filters={filters} fixedKind={fixedKind} />
    </FilterBar>
  );
}

/** Filters that few people need, folded away until one of them is set. */
function MoreFilters({
  filters,
  fixedKind,
}: {
  readonly filters: Filters;
  readonly fixedKind: CredentialKind | undefined;
}) {
  const isSet = ["instance", "createdFrom", "usedFrom"].some((name) => filters.get(name) !== "");
  const [open, setOpen] = useState(isSet);
  if (!open && !isSet) {
    return (
      <Button variant="link" isInline onClick={() => setOpen(true)}>
        More filters
      </Button>
    );
  }
  return (
    <>
      {fixedKind === undefined || fixedKind === "instance_key" ? <InstanceFilter filters={filters} /> : null}
      <DayFilter filters={filters} name="createdFrom" label="Created from" />
      <WordFilter filters={filters} name="usedFrom" label="Used from address" suggestions={[]} />
    </>
  );
}

function InstanceFilter({ filters }: { readonly filters: Filters }) {
  const { data } = useHub(["instances"], (signal) => hub.listInstances({ signal }));
  const found = (data?.instances ?? []).map(({ id, displayName }) => [id, displayName] as const);
  const value = filters.get("instance");
  const isUnknown = value !== "" && !found.some(([id]) => id === value);
  return (
    <Choice
      id="instance"
      label="Instance"
      value={value}
      options={[["", "All instances"], ...(isUnknown ? [[value, value] as const] : []), ...found]}
      onChange={(instance) => filters.set({ instance })}
    />
  );
}

const NO_FILTER = {
  owner: "",
  kind: "",
  state: "",
  unused: "",
  expires: "",
  expiresBy: "",
  usedSince: "",
  neverUsed: "",
  search: "",
  instance: "",
  unusedSince: "",
  createdSince: "",
  createdFrom: "",
  usedFrom: "",
};

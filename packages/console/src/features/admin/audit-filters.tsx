import { Switch } from "@patternfly/react-core";
import { FilterBar } from "../../shared/filter-bar.tsx";
import type { Filters } from "../../shared/paging.ts";
import { DayFilter, SearchBox, startOfDay, UserFilter, WordFilter } from "../../shared/search-filters.tsx";

/** Suggestions; any other action can be typed. */
const ACTIONS = [
  ...[
    "issue",
    "replace",
    "rotate",
    "revoke",
    "refuse",
    "freeze",
    "thaw",
    "edit",
    "touch",
    "reveal",
    "lookup",
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
const NO_FILTER = { search: "", actor: "", action: "", owner: "", credential: "", from: "", to: "" };

/** The filter of the address as the API takes it. */
export function auditFilterOf(filters: Filters) {
  return {
    actor: filters.get("actor"),
    action: filters.get("action"),
    owner: filters.get("owner"),
    credentialId: filters.get("credential"),
    search: filters.get("search"),
    since: startOfDay(filters.get("from")),
    until: startOfDay(filters.get("to"), 1),
  };
}

export function AuditFilters({
  filters,
  following,
  onFollow,
}: {
  readonly filters: Filters;
  readonly following: boolean;
  readonly onFollow: (on: boolean) => void;
}) {
  const isFiltered = Object.keys(NO_FILTER).some((name) => filters.get(name) !== "");
  return (
    <FilterBar
      search={<SearchBox filters={filters} placeholder="Name, address, detail" />}
      isFiltered={isFiltered}
      onClear={() => filters.set(NO_FILTER)}
    >
      <WordFilter filters={filters} name="action" label="Action" suggestions={ACTIONS} />
      <UserFilter filters={filters} name="actor" label="Actor" />
      <UserFilter filters={filters} name="owner" label="Owner" />
      <DayFilter filters={filters} name="from" label="From" />
      <DayFilter filters={filters} name="to" label="To" />
      <Switch id="follow" label="Follow" isChecked={following} onChange={(_event, on) => onFollow(on)} />
    </FilterBar>
  );
}

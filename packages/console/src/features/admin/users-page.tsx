import type { User } from "@mintmark/sdk";
import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { Choice } from "../../shared/choice.tsx";
import { saveCsv } from "../../shared/csv-file.ts";
import { FilterBar } from "../../shared/filter-bar.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { type Filters, useFilters, usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { DayFilter, SearchBox, startOfDay } from "../../shared/search-filters.tsx";
import { RelativeTime } from "../../shared/time.tsx";
import { TotalAndCsv } from "../../shared/total-and-csv.tsx";
import { NewUserDialog } from "./new-user-dialog.tsx";
import { ROLES } from "./roles.ts";
import { useMayChange } from "./staff.ts";

const COLUMNS: readonly Column<User>[] = [
  {
    title: "User name",
    cell: (one) => <Link to={`/admin/users/${encodeURIComponent(one.username)}`}>{one.username}</Link>,
    clip: (one) => one.username,
    wide: true,
  },
  { title: "Name", cell: (one) => one.displayName ?? "—", clip: (one) => one.displayName ?? "" },
  { title: "Email", cell: (one) => one.email ?? "—", clip: (one) => one.email ?? "" },
  { title: "Role", cell: (one) => one.role, whole: true },
  { title: "Created", cell: (one) => <RelativeTime at={one.createdAt} />, whole: true },
  {
    title: "State",
    cell: (one) =>
      one.disabled ? <Label color="grey">Disabled</Label> : <Label color="green">Enabled</Label>,
  },
];
const STATES = [
  ["", "Enabled or not"],
  ["false", "Enabled"],
  ["true", "Disabled"],
] as const;
const NO_FILTER = { search: "", role: "", disabled: "", from: "", to: "" };

export function UsersPage() {
  const mayChange = useMayChange();
  const [making, setMaking] = useState(false);
  const paging = usePaging();
  const filters = useFilters();
  const filter = {
    search: filters.get("search"),
    role: filters.get("role"),
    disabled: filters.get("disabled"),
    createdSince: startOfDay(filters.get("from")),
    createdBefore: startOfDay(filters.get("to"), 1),
  };
  const query = useHub(["users", "list", filter, paging.cursor], (signal) =>
    hub.listUsers({ ...filter, cursor: paging.cursor, limit: "50" }, { signal }),
  );
  return (
    <Page
      title="Users"
      actions={
        mayChange ? (
          <Button variant="primary" onClick={() => setMaking(true)}>
            Create user
          </Button>
        ) : null
      }
    >
      <UserFilters filters={filters} />
      <TotalAndCsv
        total={query.data?.total}
        noun="user"
        onSave={() => saveCsv("users.csv", "users", [filter])}
      />
      <Loaded query={query}>
        {({ users, nextCursor }) =>
          users.length === 0 ? (
            <Nothing title="No matching users">Choose other filters.</Nothing>
          ) : (
            <>
              <Rows label="Users" columns={COLUMNS} rows={users} keyOf={(one) => one.id} />
              <PageTurner paging={paging} nextCursor={nextCursor} />
            </>
          )
        }
      </Loaded>
      {making ? <NewUserDialog onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}

function UserFilters({ filters }: { readonly filters: Filters }) {
  const isFiltered = Object.keys(NO_FILTER).some((name) => filters.get(name) !== "");
  return (
    <FilterBar
      search={<SearchBox filters={filters} placeholder="User name, name or email" />}
      isFiltered={isFiltered}
      onClear={() => filters.set(NO_FILTER)}
    >
      <Choice
        id="user-role"
        label="Role"
        value={filters.get("role")}
        options={[["", "All roles"], ...ROLES]}
        onChange={(role) => filters.set({ role })}
      />
      <Choice
        id="user-state"
        label="State"
        value={filters.get("disabled")}
        options={STATES}
        onChange={(disabled) => filters.set({ disabled })}
      />
      <DayFilter filters={filters} name="from" label="Created from" />
      <DayFilter filters={filters} name="to" label="Created to" />
    </FilterBar>
  );
}

import type { User } from "@mintmark/sdk";
import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { RelativeTime } from "../../shared/time.tsx";
import { NewUserDialog } from "./new-user-dialog.tsx";
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

export function UsersPage() {
  const mayChange = useMayChange();
  const [making, setMaking] = useState(false);
  const paging = usePaging();
  const query = useHub(["users", paging.cursor], (signal) =>
    hub.listUsers({ cursor: paging.cursor, limit: "50" }, { signal }),
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
      <Loaded query={query}>
        {({ users, nextCursor }) => (
          <>
            <Rows label="Users" columns={COLUMNS} rows={users} keyOf={(one) => one.id} />
            <PageTurner paging={paging} nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
      {making ? <NewUserDialog onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}

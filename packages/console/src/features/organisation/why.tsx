import { hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { type Column, Rows } from "../../shared/rows.tsx";

interface Held {
  readonly grant: string;
  readonly from: string;
}

const COLUMNS: readonly Column<Held>[] = [
  {
    title: "Permission",
    cell: ({ grant }) => <code>{grant}</code>,
    sortBy: ({ grant }) => grant,
    wide: true,
  },
  { title: "From", cell: ({ from }) => describe(from), sortBy: ({ from }) => from },
];

/** Why an account may do what it does: each permission and where it comes from. */
export function Why({ account }: { readonly account: string }) {
  const query = useHub(["authority", account], (signal) => hub.getAuthority(account, { signal }));
  return (
    <Loaded query={query}>
      {({ grants }) => (
        <Rows
          label={`Permissions of ${account}`}
          columns={COLUMNS}
          rows={grants}
          keyOf={({ grant, from }) => `${from} ${grant}`}
        />
      )}
    </Loaded>
  );
}

function describe(from: string): string {
  if (from.startsWith("team:")) {
    return `team ${from.slice("team:".length)}`;
  }
  return from === "own" ? "the account itself" : "every signed-in account";
}

import type { Shown } from "./credential-filters.tsx";
import { saveCsv } from "./csv-file.ts";
import { hub, useHub } from "./hub.ts";
import { TotalAndCsv } from "./total-and-csv.tsx";

/** How many credentials match the filters on all pages, and the same as a file. */
export function ListTotal({ shown }: { readonly shown: Shown }) {
  const { sort, cursor: _place, ...filter } = shown.filter;
  const filters = statesOf(shown).map((state) => ({ ...filter, ...state }));
  const total = useHub(["credentials", "count", filters], async (signal) => {
    const counts = await Promise.all(filters.map((one) => hub.countCredentials(one, { signal })));
    return {
      count: counts.reduce((sum, { count }) => sum + count, 0),
      complete: counts.every(({ complete }) => complete),
    };
  });
  return (
    <TotalAndCsv
      total={total.data}
      noun="credential"
      onSave={() =>
        saveCsv(
          "credentials.csv",
          "credentials",
          filters.map((one) => ({ ...one, sort })),
        )
      }
    />
  );
}

/** The list shows active and frozen ones together if no state is chosen; the API takes one at a time. */
function statesOf({ state }: Shown) {
  switch (state) {
    case "":
      return [{ state: "active" as const }, { state: "frozen" as const }];
    case "all":
      return [{}];
    default:
      return [{ state }];
  }
}

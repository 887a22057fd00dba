import { Button } from "@patternfly/react-core";
import { useAction } from "./action.ts";
import type { Shown } from "./credential-filters.tsx";
import { saveCsv } from "./csv-file.ts";
import { hub, useHub } from "./hub.ts";
import { Problem } from "./problem.tsx";

const NUMBER = new Intl.NumberFormat("en");

/** How many credentials match the filters on all pages, and the same as a file. */
export function ListTotal({ shown }: { readonly shown: Shown }) {
  const { sort, cursor: _place, ...filter } = shown.filter;
  const filters = statesOf(shown).map((state) => ({ ...filter, ...state }));
  const total = useHub(["credentials", "count", filters], async (signal) => {
    const counts = await Promise.all(filters.map((one) => hub.countCredentials(one, { signal })));
    const sum = counts.reduce((so, { count }) => so + count, 0);
    return { sum, isComplete: counts.every(({ complete }) => complete) };
  });
  const save = useAction(() =>
    saveCsv(
      "credentials.csv",
      "credentials",
      filters.map((one) => ({ ...one, sort })),
    ),
  );
  const { data } = total;
  return (
    <>
      <div className="mm-filters">
        <span role="status" className="mm-quiet">
          {data ? totalWords(data.sum, data.isComplete) : ""}
        </span>
        <Button variant="link" isInline isLoading={save.busy} onClick={() => void save.run()}>
          Download as CSV
        </Button>
      </div>
      <Problem sentence={save.problem} />
    </>
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

function totalWords(sum: number, isComplete: boolean): string {
  const words = sum === 1 ? "credential" : "credentials";
  return isComplete ? `${NUMBER.format(sum)} ${words}` : `More than ${NUMBER.format(sum)} ${words}`;
}

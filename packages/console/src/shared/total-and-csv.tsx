import { Button } from "@patternfly/react-core";
import { useAction } from "./action.ts";
import { Problem } from "./problem.tsx";

const NUMBER = new Intl.NumberFormat("en");

/** How many rows match the filters on all pages, and the button that saves them all. */
export function TotalAndCsv({
  total,
  noun,
  onSave,
}: {
  /** Undefined until it is known. */
  readonly total: { readonly count: number; readonly complete: boolean } | undefined;
  readonly noun: string;
  readonly onSave: () => Promise<void>;
}) {
  const save = useAction(onSave);
  return (
    <>
      <div className="mm-filters">
        <span role="status" className="mm-quiet">
          {total ? totalWords(total, noun) : ""}
        </span>
        <Button variant="link" isInline isLoading={save.busy} onClick={() => void save.run()}>
          Download as CSV
        </Button>
      </div>
      <Problem sentence={save.problem} />
    </>
  );
}

function totalWords(
  { count, complete }: { readonly count: number; readonly complete: boolean },
  noun: string,
): string {
  const words = `${NUMBER.format(count)} ${noun}${count === 1 ? "" : "s"}`;
  if (complete) {
    return words;
  }
  return count === 0 ? "" : `More than ${words}`;
}

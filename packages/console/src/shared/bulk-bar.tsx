import type { Credential } from "@mintmark/sdk";
import { Button } from "@patternfly/react-core";
import { lazy, Suspense, useState } from "react";
import type { BulkAction, Chosen } from "./bulk-dialog.tsx";

const BulkDialog = lazy(async () => ({
  default: (await import("./bulk-dialog.tsx")).BulkDialog,
}));

/** What can be done with the selected rows, or with all that match the filters. */
export function BulkBar({
  chosen,
  all,
  onDone,
}: {
  readonly chosen: readonly Credential[];
  /** The filter of the whole list, if it has more pages than this one. */
  readonly all: Extract<Chosen, { readonly filter: unknown }>["filter"] | null;
  readonly onDone: () => void;
}) {
  const [action, setAction] = useState<BulkAction | null>(null);
  const [everything, setEverything] = useState(false);
  const [said, setSaid] = useState("");
  const isEverything = everything && all !== null;
  const which: Chosen = isEverything ? { filter: all } : { ids: chosen.map(({ id }) => id) };
  if (chosen.length === 0 && !isEverything) {
    return (
      <p role="status" className="mm-quiet mm-bulk-said">
        {said}
      </p>
    );
  }
  return (
    <section className="mm-filters mm-bulk" aria-label="Selected credentials">
      <span role="status">{isEverything ? "All that match" : `${chosen.length} selected`}</span>
      <Button variant="secondary" isDanger onClick={() => setAction("revoke")}>
        Revoke selected
      </Button>
      <Button variant="secondary" onClick={() => setAction("freeze")}>
        Freeze selected
      </Button>
      <Button variant="secondary" onClick={() => setAction("thaw")}>
        Thaw selected
      </Button>
      {all === null || isEverything ? null : (
        <Button variant="link" onClick={() => setEverything(true)}>
          Select all that match the filters
        </Button>
      )}
      <Button
        variant="link"
        onClick={() => {
          setEverything(false);
          onDone();
        }}
      >
        Clear selection
      </Button>
      {action === null ? null : (
        <Suspense fallback={null}>
          <BulkDialog
            action={action}
            which={which}
            onClose={() => setAction(null)}
            onDone={(words) => {
              setSaid(words);
              setEverything(false);
              onDone();
            }}
          />
        </Suspense>
      )}
    </section>
  );
}

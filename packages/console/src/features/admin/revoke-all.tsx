import { Button } from "@patternfly/react-core";
import { lazy, Suspense, useState } from "react";

const BulkDialog = lazy(async () => ({
  default: (await import("../../shared/bulk-dialog.tsx")).BulkDialog,
}));

/** Revokes all active and frozen credentials of a person at once. */
export function RevokeAll({ owner }: { readonly owner: string }) {
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState("");
  return (
    <>
      <Button variant="secondary" isDanger onClick={() => setAsking(true)}>
        Revoke all
      </Button>
      <span role="status" className="mm-quiet">
        {said}
      </span>
      {asking ? (
        <Suspense fallback={null}>
          <BulkDialog
            action="revoke"
            which={{ filter: { owner } }}
            onClose={() => setAsking(false)}
            onDone={setSaid}
          />
        </Suspense>
      ) : null}
    </>
  );
}

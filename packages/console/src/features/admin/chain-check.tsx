import { Alert, Button } from "@patternfly/react-core";
import { useState } from "react";
import { useAction } from "../../shared/action.ts";
import { hub } from "../../shared/hub.ts";
import { Problem } from "../../shared/problem.tsx";
import { Snippet } from "../../shared/snippet.tsx";

type ChainCheck = Awaited<ReturnType<typeof hub.checkAudit>>;

/** Works out the hashes of the whole log again, call by call, and says what came of it. */
export function ChainCheck() {
  const [found, setFound] = useState<ChainCheck | null>(null);
  const check = useAction(async () => {
    setFound(null);
    let result = await hub.checkAudit();
    while (!result.complete) {
      setFound(result);
      result = await hub.checkAudit({ after: String(result.sequence) });
    }
    setFound(result);
  });
  return (
    <>
      <div>
        <Button
          variant="secondary"
          isLoading={check.busy}
          isDisabled={check.busy}
          onClick={() => check.run()}
        >
          Check the log
        </Button>
      </div>
      <Problem sentence={check.problem} />
      {found === null ? null : <Finding found={found} />}
    </>
  );
}

function Finding({ found }: { readonly found: ChainCheck }) {
  if (!found.intact) {
    return (
      <Alert
        isInline
        isLiveRegion
        component="p"
        variant="danger"
        title={`The log was changed: event ${found.brokenAt} is missing, out of place or not as it was written.`}
      />
    );
  }
  if (!found.complete) {
    return <p role="status">The first {found.sequence} events are as they were written. Going on …</p>;
  }
  return (
    <Alert
      isInline
      isLiveRegion
      component="p"
      variant="success"
      title={`All ${found.sequence} events are as they were written.`}
    >
      <p>Keep this hash somewhere else: while the log still has it, nothing before it was changed.</p>
      <Snippet label="Hash of the last event" text={`${found.sequence} ${found.hash}`} />
    </Alert>
  );
}

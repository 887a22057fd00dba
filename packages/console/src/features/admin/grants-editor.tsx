import { Button, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { useAction } from "../../shared/action.ts";
import { queries, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Problem } from "../../shared/problem.tsx";
import { ResourcePicker } from "../../shared/resource-picker.tsx";
import { scopeWords } from "../../shared/scope-words.ts";
import { useMayChange } from "./staff.ts";

interface Grants {
  readonly grants: readonly string[];
}

/** A set of grants in words, and as text where one may change it. */
export function GrantsEditor({
  queryKey,
  label = "Grants",
  load,
  save,
}: {
  readonly queryKey: readonly string[];
  readonly label?: string;
  readonly load: (signal: AbortSignal) => Promise<Grants>;
  readonly save: (grants: readonly string[]) => Promise<Grants>;
}) {
  const mayChange = useMayChange();
  const query = useHub(queryKey, load);
  const [text, setText] = useState<string | null>(null);
  const store = useAction(async () => {
    const grants = (text ?? "").split(/\s+/).filter((line) => line !== "");
    queries.setQueryData(queryKey, await save(grants));
    setText(null);
  });
  return (
    <Loaded query={query}>
      {({ grants }) => (
        <div className="mm-stack mm-narrow">
          {text === null ? (
            <>
              {grants.length === 0 ? (
                <p className="mm-quiet">No grants.</p>
              ) : (
                <ul>
                  {grants.map((grant) => (
                    <li key={grant}>
                      <code>{grant}</code>: {scopeWords(grant)}
                    </li>
                  ))}
                </ul>
              )}
              {mayChange ? (
                <div>
                  <Button
                    variant="secondary"
                    aria-label={`Edit ${label}`}
                    onClick={() => setText(grants.join("\n"))}
                  >
                    Edit
                  </Button>
                </div>
              ) : null}
            </>
          ) : (
            <>
              <TextArea
                aria-label={`${label}, one scope a line`}
                className="mm-code"
                rows={Math.max(4, grants.length + 2)}
                value={text}
                onChange={(_event, next) => setText(next)}
              />
              <ResourcePicker onAdd={(grant) => setText(`${text.trimEnd()}\n${grant}`.trimStart())} />
              <p className="mm-quiet">
                One grant per line: type:name:action[,action]. Saving replaces the whole list.
              </p>
              <Problem sentence={store.problem} />
              <div className="mm-filters">
                <Button
                  variant="primary"
                  isLoading={store.busy}
                  isDisabled={store.busy}
                  onClick={() => void store.run()}
                >
                  Save
                </Button>
                <Button variant="link" onClick={() => setText(null)}>
                  Cancel
                </Button>
              </div>
            </>
          )}
        </div>
      )}
    </Loaded>
  );
}

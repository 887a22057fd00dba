import { Button, Checkbox, FormGroup, Label, LabelGroup } from "@patternfly/react-core";
import { useState } from "react";
import { useFieldFailure } from "./failure.ts";
import { Help } from "./field.tsx";
import { RESOURCE_NAMES, type Resource, ResourcePicker } from "./resource-picker.tsx";
import { isHeld, reachOf } from "./scope-reach.ts";
import { scopeWords } from "./scope-words.ts";
import { wordsOf } from "./text-box.tsx";

/** Sets of scopes that people often want. */
const PRESETS: readonly { readonly title: string; readonly scopes: readonly string[] }[] = [
  { title: "Read only", scopes: ["collection:*:download", "repository:*:pull"] },
  { title: "Publish collections", scopes: ["collection:*:upload,download"] },
  { title: "Push and pull images", scopes: ["repository:*:pull,push"] },
  { title: "Everything I may do", scopes: ["*:*:*"] },
];

/**
 * Chooses permissions: by preset, from what the owner holds, or resource by resource. Says which of them
 * reach nothing, since a credential never does more than its owner may do.
 */
export function ScopePicker({
  held,
  scopes,
  onChange,
  name = "scopes",
  withPresets = true,
  resources = RESOURCE_NAMES,
}: {
  readonly held: readonly string[];
  readonly scopes: readonly string[];
  readonly onChange: (scopes: readonly string[]) => void;
  readonly name?: string;
  readonly withPresets?: boolean;
  /** The resources that can be reached at all. */
  readonly resources?: readonly Resource[];
}) {
  const failure = useFieldFailure(name);
  const [custom, setCustom] = useState("");
  const add = (more: readonly string[]) => onChange([...new Set([...scopes, ...more])]);
  const remove = (scope: string) => onChange(scopes.filter((each) => each !== scope));
  const isReachable = (scope: string) =>
    resources === RESOURCE_NAMES || resources.some((each) => scope.startsWith(`${each}:`));
  const offered = held.filter(isReachable);
  const others = scopes.filter((scope) => !offered.includes(scope));
  const presets = PRESETS.map(({ title, scopes: all }) => ({
    title,
    scopes: all.filter((scope) => isReachable(scope) && reachOf(scope, held).length > 0),
  })).filter((preset) => withPresets && preset.scopes.length > 0);
  return (
    <FormGroup role="group" label="Permissions" isRequired>
      <div className="mm-stack">
        {presets.length === 0 ? null : (
          <div className="mm-filters">
            {presets.map((preset) => (
              <Button key={preset.title} variant="tertiary" size="sm" onClick={() => onChange(preset.scopes)}>
                {preset.title}
              </Button>
            ))}
          </div>
        )}
        <div className="mm-checks">
          {offered.map((scope) => (
            <Checkbox
              key={scope}
              id={`scope-${scope}`}
              label={scopeWords(scope)}
              description={<code>{scope}</code>}
              isChecked={scopes.includes(scope)}
              onChange={(_event, checked) => (checked ? add([scope]) : remove(scope))}
            />
          ))}
        </div>
        <ResourcePicker resources={resources} onAdd={(scope) => add([scope])} />
        <div>
          <label htmlFor="scope-typed">Custom scopes (one per line)</label>
          <div className="mm-filters">
            <textarea
              id="scope-typed"
              className="mm-code mm-typed"
              rows={2}
              aria-invalid={failure !== null}
              aria-describedby="scope-help"
              placeholder="repository:team/app:pull"
              value={custom}
              onChange={({ target }) => {
                const before = wordsOf(custom);
                const kept = scopes.filter((scope) => offered.includes(scope) || !before.includes(scope));
                setCustom(target.value);
                onChange([...new Set([...kept, ...wordsOf(target.value)])]);
              }}
            />
          </div>
          <Help
            id="scope-help"
            failure={failure}
            help="type:name:action[,action]. A credential never does more than its owner may do."
          />
        </div>
        {others.length === 0 ? null : (
          <LabelGroup categoryName="Also" numLabels={20}>
            {others.map((scope) => (
              <Label
                key={scope}
                color={isHeld(scope, held) ? "blue" : "orange"}
                closeBtnAriaLabel={`Remove ${scope}`}
                onClose={() => {
                  setCustom(
                    wordsOf(custom)
                      .filter((word) => word !== scope)
                      .join("\n"),
                  );
                  remove(scope);
                }}
              >
                {scope}
              </Label>
            ))}
          </LabelGroup>
        )}
        <Unheld held={held} scopes={scopes} />
      </div>
    </FormGroup>
  );
}

/** Which of the scopes do less than they say. */
function Unheld({ held, scopes }: { readonly held: readonly string[]; readonly scopes: readonly string[] }) {
  const less = scopes.filter((scope) => scope !== "*:*:*" && !isHeld(scope, held));
  if (less.length === 0) {
    return null;
  }
  return (
    <ul aria-live="polite" className="mm-quiet">
      {less.map((scope) => {
        const reach = reachOf(scope, held);
        return (
          <li key={scope}>
            <code>{scope}</code>
            {reach.length === 0
              ? " is not among the permissions that you hold, so it allows nothing."
              : ` reaches only ${reach.join(", ")}.`}
          </li>
        );
      })}
    </ul>
  );
}

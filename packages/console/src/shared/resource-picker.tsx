import { Button, Checkbox, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { Choice } from "./choice.tsx";
import { hub, useHub } from "./hub.ts";

export type Resource = "collection" | "repository" | "instance";

const RESOURCES: readonly (readonly [Resource, string])[] = [
  ["collection", "Collection"],
  ["repository", "Image repository"],
  ["instance", "Service instance"],
];
export const RESOURCE_NAMES = RESOURCES.map(([name]) => name);
const ACTIONS: Readonly<Record<Resource, readonly (readonly [action: string, words: string])[]>> = {
  collection: [
    ["download", "Download"],
    ["upload", "Publish"],
  ],
  repository: [
    ["pull", "Pull"],
    ["push", "Push"],
    ["delete", "Delete"],
  ],
  instance: [["use", "Use"]],
};
const EXAMPLES: Readonly<Record<Resource, string>> = {
  collection: "acme.tools or acme.*",
  repository: "team/app or team/*",
  instance: "sales",
};

/** One permission put together from a resource, its name and the actions. */
export function ResourcePicker({
  resources = RESOURCE_NAMES,
  onAdd,
}: {
  readonly resources?: readonly Resource[];
  readonly onAdd: (scope: string) => void;
}) {
  const [resource, setResource] = useState<Resource>(resources[0] ?? "collection");
  const [name, setName] = useState("");
  const [actions, setActions] = useState(firstActions(resource));
  const names = useNames(resource);
  const complete = name.trim() !== "" && actions.length > 0;
  return (
    <fieldset className="mm-resource">
      <legend>Add a permission</legend>
      <div className="mm-filters">
        <Choice
          id="resource-type"
          label="Resource"
          value={resource}
          options={RESOURCES.filter(([each]) => resources.includes(each))}
          onChange={(next) => {
            setResource(next);
            setName("");
            setActions(firstActions(next));
          }}
        />
        <TextInput
          className="mm-choice"
          aria-label="Name of the resource"
          placeholder={EXAMPLES[resource]}
          list="resource-names"
          value={name}
          onChange={(_event, next) => setName(next)}
        />
        <datalist id="resource-names">
          {names.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        {ACTIONS[resource].map(([action, words]) => (
          <Checkbox
            key={action}
            id={`resource-action-${action}`}
            label={words}
            isChecked={actions.includes(action)}
            onChange={(_event, checked) =>
              setActions(checked ? [...actions, action] : actions.filter((each) => each !== action))
            }
          />
        ))}
        <Button
          variant="secondary"
          isDisabled={!complete}
          onClick={() => {
            onAdd(`${resource}:${name.trim()}:${actions.join(",")}`);
            setName("");
          }}
        >
          Add
        </Button>
      </div>
    </fieldset>
  );
}

function firstActions(resource: Resource): readonly string[] {
  return ACTIONS[resource].slice(0, 1).map(([action]) => action);
}

/** The names that the hub knows; it knows no repositories. */
function useNames(resource: Resource): readonly string[] {
  const collections = useHub(["collections", "names"], (signal) =>
    hub.listCollections({ limit: 200 }, { signal }),
  );
  const instances = useHub(["instances"], (signal) => hub.listInstances({ signal }));
  switch (resource) {
    case "collection": {
      const found = collections.data?.collections ?? [];
      return [...new Set(found.flatMap(({ namespace, name }) => [`${namespace}.*`, `${namespace}.${name}`]))];
    }
    case "instance":
      return (instances.data?.instances ?? []).map(({ id }) => id);
    case "repository":
      return [];
  }
}

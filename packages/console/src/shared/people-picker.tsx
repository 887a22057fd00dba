import { Button, FormGroup, Label, LabelGroup, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { Help } from "./field.tsx";
import { useUserNames } from "./search-filters.tsx";

/** Chooses people by searching for their user names. */
export function PeoplePicker({
  id,
  label,
  people,
  required = false,
  onChange,
}: {
  readonly id: string;
  readonly label: string;
  readonly people: readonly string[];
  readonly required?: boolean;
  readonly onChange: (people: readonly string[]) => void;
}) {
  const [typed, setTyped] = useState("");
  const names = useUserNames(typed);
  const add = () => {
    onChange([...new Set([...people, typed.trim()])]);
    setTyped("");
  };
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      {people.length === 0 ? null : (
        <LabelGroup numLabels={20} aria-label={label}>
          {people.map((name) => (
            <Label
              key={name}
              closeBtnAriaLabel={`Remove ${name}`}
              onClose={() => onChange(people.filter((each) => each !== name))}
            >
              {name}
            </Label>
          ))}
        </LabelGroup>
      )}
      <div className="mm-filters mm-word">
        <TextInput
          id={id}
          autoComplete="off"
          list={`${id}-names`}
          aria-describedby={`${id}-help`}
          value={typed}
          onChange={(_event, next) => setTyped(next)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && typed.trim() !== "") {
              event.preventDefault();
              add();
            }
          }}
        />
        <datalist id={`${id}-names`}>
          {names
            .filter((name) => !people.includes(name))
            .map((name) => (
              <option key={name} value={name} />
            ))}
        </datalist>
        <Button variant="secondary" isDisabled={typed.trim() === ""} onClick={add}>
          Add
        </Button>
      </div>
      <Help id={`${id}-help`} failure={null} help="Type a part of the user name, then choose." />
    </FormGroup>
  );
}

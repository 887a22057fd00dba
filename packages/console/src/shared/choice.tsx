import { FormSelect, FormSelectOption } from "@patternfly/react-core";

/**
 * A native list of words to choose from: it works by keyboard, on telephones and with screen readers as the
 * system has it.
 */
export function Choice<Value extends string>({
  id,
  label,
  value,
  options,
  onChange,
}: {
  readonly id: string;
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, words: string])[];
  readonly onChange: (value: Value) => void;
}) {
  return (
    <FormSelect
      id={id}
      aria-label={label}
      value={value}
      onChange={(_event, next) => onChange(next as Value)}
      className="mm-choice"
    >
      {options.map(([each, words]) => (
        <FormSelectOption key={each} value={each} label={words} />
      ))}
    </FormSelect>
  );
}

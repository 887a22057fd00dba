import { FormGroup, TextArea } from "@patternfly/react-core";
import { useFieldFailure } from "./failure.ts";
import { Help } from "./field.tsx";

/** Some lines of text in a form. */
export function TextBox({
  id,
  name,
  label,
  value,
  onChange,
  help,
  rows = 3,
  code = false,
  placeholder,
  lengthMax,
}: {
  readonly id: string;
  /** The API's name of the value, so that a refusal is shown at this field. */
  readonly name?: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help?: string;
  readonly rows?: number;
  readonly code?: boolean;
  readonly placeholder?: string;
  readonly lengthMax?: number;
}) {
  const failure = useFieldFailure(name);
  const described = failure !== null || help !== undefined;
  return (
    <FormGroup label={label} fieldId={id}>
      <TextArea
        id={id}
        rows={rows}
        resizeOrientation="vertical"
        validated={failure === null ? "default" : "error"}
        value={value}
        onChange={(_event, next) => onChange(next)}
        {...(code ? { className: "mm-code", spellCheck: false } : {})}
        {...(placeholder === undefined ? {} : { placeholder })}
        {...(lengthMax === undefined ? {} : { maxLength: lengthMax })}
        {...(described ? { "aria-describedby": `${id}-help` } : {})}
      />
      {described ? <Help id={`${id}-help`} failure={failure} help={help} /> : null}
    </FormGroup>
  );
}

/** The words of a text, separated by spaces, commas or line ends. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/,?\s+/).filter((word) => word !== "");
}

import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import { useFieldFailure } from "./failure.ts";

/** One line of text in a form, with its label and, if needed, a sentence of help. */
export function Field({
  id,
  name,
  label,
  value,
  onChange,
  help,
  type = "text",
  required = false,
  focused = false,
  placeholder,
  lengthMax,
  autoComplete = type === "password" ? "new-password" : "off",
}: {
  readonly id: string;
  /** The API's name of the value, so that a refusal is shown at this field. */
  readonly name?: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help?: string;
  readonly type?: "text" | "password" | "email" | "date" | "url";
  readonly required?: boolean;
  readonly focused?: boolean;
  readonly placeholder?: string;
  readonly lengthMax?: number;
  readonly autoComplete?: string;
}) {
  const failure = useFieldFailure(name);
  const described = failure !== null || help !== undefined;
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      <TextInput
        id={id}
        type={type}
        isRequired={required}
        autoFocus={focused}
        autoComplete={autoComplete}
        validated={failure === null ? "default" : "error"}
        value={value}
        onChange={(_event, next) => onChange(next)}
        {...(placeholder === undefined ? {} : { placeholder })}
        {...(lengthMax === undefined ? {} : { maxLength: lengthMax })}
        {...(described ? { "aria-describedby": `${id}-help` } : {})}
      />
      {described ? <Help id={`${id}-help`} failure={failure} help={help} /> : null}
    </FormGroup>
  );
}

/** The line below an input: why its value was refused, or else its help. */
export function Help({
  id,
  failure,
  help,
}: {
  readonly id: string;
  readonly failure: string | null;
  readonly help: string | undefined;
}) {
  return (
    <FormHelperText>
      <HelperText id={id}>
        <HelperTextItem variant={failure === null ? "default" : "error"}>{failure ?? help}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  );
}

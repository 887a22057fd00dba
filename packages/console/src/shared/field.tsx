import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";

/** One line of text in a form, with its label and, where it needs one, a word of help. */
export function Field({
  id,
  label,
  value,
  onChange,
  help,
  type = "text",
  required = false,
  focused = false,
  autoComplete = type === "password" ? "new-password" : "off",
}: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help?: string;
  readonly type?: "text" | "password" | "email";
  readonly required?: boolean;
  readonly focused?: boolean;
  readonly autoComplete?: string;
}) {
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      <TextInput
        id={id}
        type={type}
        isRequired={required}
        autoFocus={focused}
        autoComplete={autoComplete}
        value={value}
        onChange={(_event, next) => onChange(next)}
        {...(help === undefined ? {} : { "aria-describedby": `${id}-help` })}
      />
      {help === undefined ? null : (
        <FormHelperText>
          <HelperText id={`${id}-help`}>
            <HelperTextItem>{help}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}

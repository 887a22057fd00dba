import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/;

/** `host[:port]`, as it stands in an image's name. */
export function isRegistry(text: string): boolean {
  return HOST.test(text) && URL.canParse(`http://${text}`);
}

/** Which registry the pieces are for: the hub signs for any that trusts it, and knows the name of none. */
export function RegistryField({
  own,
  value,
  onChange,
}: {
  /** The hub's own host, where none is given. */
  readonly own: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const wrong = value !== "" && !isRegistry(value);
  return (
    <FormGroup label="Registry" fieldId="registry-host">
      <TextInput
        id="registry-host"
        className="mm-code"
        placeholder={own}
        aria-describedby="registry-host-help"
        validated={wrong ? "error" : "default"}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck="false"
        value={value}
        onChange={(_event, next) => onChange(next.trim())}
      />
      <FormHelperText>
        <HelperText id="registry-host-help" aria-live="polite">
          <HelperTextItem variant={wrong ? "error" : "default"}>
            {wrong
              ? "A host and, where it needs one, a port; no https:// and no path."
              : "Where your images are, such as registry.example.com:5000. Empty: this hub's own host."}
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

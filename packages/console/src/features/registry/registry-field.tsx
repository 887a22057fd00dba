import { FormGroup, TextInput } from "@patternfly/react-core";
import { Help } from "../../shared/field.tsx";

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/;

/** `host[:port]`, as it stands in an image's name. */
export function isRegistry(text: string): boolean {
  return HOST.test(text) && URL.canParse(`http://${text}`);
}

/** The registry that the lines are for. The hosts that the hub is set up for are offered. */
export function RegistryField({
  hosts,
  value,
  onChange,
}: {
  readonly hosts: readonly string[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const isWrong = value !== "" && !isRegistry(value);
  return (
    <FormGroup label="Registry" fieldId="registry-host" isRequired>
      <TextInput
        id="registry-host"
        className="mm-code"
        isRequired
        placeholder="registry.example.com:5000"
        aria-describedby="registry-host-help"
        validated={isWrong ? "error" : "default"}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck="false"
        list="registry-hosts"
        value={value}
        onChange={(_event, next) => onChange(next.trim())}
      />
      <datalist id="registry-hosts">
        {hosts.map((host) => (
          <option key={host} value={host} />
        ))}
      </datalist>
      <Help
        id="registry-host-help"
        failure={isWrong ? "A host and, if needed, a port; no https:// and no path." : null}
        help={
          hosts.length === 0
            ? "The registry that holds your images. Ask an administrator if you do not know its name."
            : hosts.length === 1
              ? "The registry that trusts this hub."
              : `Registries that trust this hub: ${hosts.join(", ")}`
        }
      />
    </FormGroup>
  );
}

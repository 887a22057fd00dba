import { Button, FormGroup, InputGroup, InputGroupItem, TextInput } from "@patternfly/react-core";
import { CopyIcon, EyeIcon, EyeSlashIcon } from "@patternfly/react-icons";
import { useEffect, useId, useState } from "react";
import { useCopy } from "./copy.ts";
import { useSaved } from "./saved.ts";
import { addUnsaved, removeUnsaved } from "./unsaved.ts";

/**
 * A new credential with its secret: in this component's memory only, gone when the page is left. Until the
 * secret was saved, leaving the page asks first.
 */
export function useFresh<Made>(): readonly [Made | null, (made: Made | null) => void] {
  const [made, setMade] = useState<Made | null>(null);
  const [place] = useState(() => ({}));
  useEffect(() => {
    const forget = () => {
      removeUnsaved(place);
      setMade(null);
    };
    // A browser may keep a page that was left, with its memory, for the way back.
    window.addEventListener("pagehide", forget);
    return () => {
      window.removeEventListener("pagehide", forget);
      removeUnsaved(place);
    };
  }, [place]);
  const show = (next: Made | null) => {
    if (next === null) {
      removeUnsaved(place);
    } else {
      addUnsaved(place);
    }
    setMade(next);
  };
  return [made, show];
}

const COPY_CLASS = "mm-copy-secret";
/**
 * The initial focus of a dialog with a secret: on its close button one Enter too many would lose the secret.
 */
export const COPY_SECRET = `.${COPY_CLASS}`;

const DOTS = "•".repeat(40);

/** A secret, shown as dots until the person reveals it. */
export function SecretField({ label, secret }: { readonly label: string; readonly secret: string }) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const saved = useSaved();
  const { said, copy } = useCopy(secret);
  return (
    <FormGroup label={label} fieldId={id}>
      <InputGroup>
        <InputGroupItem isFill>
          <TextInput
            id={id}
            className="mm-code"
            readOnly
            readOnlyVariant="default"
            value={shown ? secret : DOTS}
            aria-label={shown ? label : `${label}, hidden`}
            autoComplete="off"
            spellCheck="false"
            onFocus={(event) => event.currentTarget.select()}
            // Ctrl+C copies the secret, whatever the field shows.
            onCopy={(event) => {
              event.preventDefault();
              event.clipboardData.setData("text/plain", secret);
              saved();
            }}
          />
        </InputGroupItem>
        <InputGroupItem>
          <Button
            variant="control"
            aria-label={shown ? `Hide ${label.toLowerCase()}` : `Show ${label.toLowerCase()}`}
            icon={shown ? <EyeSlashIcon /> : <EyeIcon />}
            onClick={() => {
              setShown(!shown);
              saved();
            }}
          />
        </InputGroupItem>
        <InputGroupItem>
          <Button
            className={COPY_CLASS}
            variant="control"
            icon={<CopyIcon />}
            onClick={() => void copy().then((copied) => copied && saved())}
          >
            Copy to clipboard
          </Button>
        </InputGroupItem>
      </InputGroup>
      <p role="status" className="mm-said">
        {said}
      </p>
    </FormGroup>
  );
}

import { Button, CodeBlock, CodeBlockAction, CodeBlockCode } from "@patternfly/react-core";
import { CopyIcon, DownloadIcon } from "@patternfly/react-icons";
import type { ClipboardEvent } from "react";
import { useCopy } from "./copy.ts";
import { clearText, hideSecret, type Part, shownText } from "./hidden-text.ts";
import { useSaved } from "./saved.ts";

/** Text for a terminal or a file. Secrets in it are shown as dots and copied in clear. */
export function Snippet({
  label,
  text,
  secret,
  filename,
}: {
  readonly label: string;
  readonly text: string;
  readonly secret?: string | undefined;
  /** Offers the text as a file of that name too. */
  readonly filename?: string | undefined;
}) {
  const { said, copy } = useCopy(text);
  const saved = useSaved();
  const parts = hideSecret(text, secret);
  // A snippet without the secret, such as a pod's reference to it, saves nothing.
  const save = parts.length > 1 ? saved : () => undefined;
  return (
    <figure className="mm-snippet" aria-label={label} onCopy={(event) => copySelection(event, parts, save)}>
      <CodeBlock
        actions={
          <>
            <figcaption>{label}</figcaption>
            <CodeBlockAction>
              <Button
                variant="plain"
                aria-label={`Copy ${label}`}
                icon={<CopyIcon />}
                onClick={() => void copy().then((copied) => copied && save())}
              />
            </CodeBlockAction>
            {filename === undefined ? null : (
              <CodeBlockAction>
                <Button
                  variant="plain"
                  aria-label={`Download ${filename}`}
                  icon={<DownloadIcon />}
                  onClick={() => {
                    download(filename, text);
                    save();
                  }}
                />
              </CodeBlockAction>
            )}
          </>
        }
      >
        <CodeBlockCode onCopy={(event) => copySelection(event, parts, save)}>
          {shownText(parts)}
        </CodeBlockCode>
      </CodeBlock>
      <p role="status" className="mm-said">
        {said}
      </p>
    </figure>
  );
}

/** Copies the selection with the clear text of the code in it. */
function copySelection(event: ClipboardEvent<HTMLElement>, parts: readonly Part[], saved: () => void): void {
  const code = event.currentTarget.querySelector("code");
  const selection = window.getSelection();
  if (!code || !selection || selection.rangeCount === 0 || !selection.containsNode(code, true)) {
    return;
  }
  const range = selection.getRangeAt(0);
  const offset = (node: Node, at: number): number => {
    const before = document.createRange();
    before.selectNodeContents(code);
    // A selection may begin above the code or end below it.
    const place = before.comparePoint(node, at);
    if (place === 0) {
      before.setEnd(node, at);
    }
    return place < 0 ? 0 : before.toString().length;
  };
  const start = offset(range.startContainer, range.startOffset);
  const end = offset(range.endContainer, range.endOffset);
  const clear = clearText(parts, start, end);
  event.preventDefault();
  event.clipboardData.setData(
    "text/plain",
    selection.toString().replace(shownText(parts).slice(start, end), () => clear),
  );
  saved();
}

function download(filename: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  URL.revokeObjectURL(url);
}

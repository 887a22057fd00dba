import { Button, CodeBlock, CodeBlockAction, CodeBlockCode } from "@patternfly/react-core";
import { CopyIcon, DownloadIcon } from "@patternfly/react-icons";
import { useCopy } from "./copy.ts";

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
  const shown = secret === undefined ? text : hide(text, secret);
  return (
    <figure className="mm-snippet" aria-label={label}>
      <CodeBlock
        actions={
          <>
            <figcaption>{label}</figcaption>
            <CodeBlockAction>
              <Button
                variant="plain"
                aria-label={`Copy ${label}`}
                icon={<CopyIcon />}
                onClick={() => void copy()}
              />
            </CodeBlockAction>
            {filename === undefined ? null : (
              <CodeBlockAction>
                <Button
                  variant="plain"
                  aria-label={`Download ${filename}`}
                  icon={<DownloadIcon />}
                  onClick={() => download(filename, text)}
                />
              </CodeBlockAction>
            )}
          </>
        }
      >
        <CodeBlockCode>{shown}</CodeBlockCode>
      </CodeBlock>
      <p role="status" className="mm-said">
        {said}
      </p>
    </figure>
  );
}

/**
 * The secret may also stand inside base64, as in `config.json`: then what follows `auth` or a dot key is
 * hidden whole.
 */
function hide(text: string, secret: string): string {
  return text
    .replaceAll(secret, "•".repeat(12))
    .replace(/("auth": ")[^"]+/g, `$1${"•".repeat(12)}`)
    .replace(/(\.dockerconfigjson: ).+/g, `$1${"•".repeat(12)}`);
}

function download(filename: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  URL.revokeObjectURL(url);
}

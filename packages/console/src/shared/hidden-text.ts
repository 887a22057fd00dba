/** A text in parts; a part with `shown` stands for its text on the screen, so that nobody reads it there. */
export interface Part {
  readonly text: string;
  readonly shown?: string;
}

const DOTS = "•".repeat(12);

/**
 * Splits a text at its secret. A secret may also be inside base64, as in `config.json`: there everything
 * after the keys `auth` and `.dockerconfigjson` is hidden.
 */
export function hideSecret(text: string, secret: string | undefined): readonly Part[] {
  if (secret === undefined || secret === "") {
    return [{ text }];
  }
  const hidden = new RegExp(`${escapePattern(secret)}|(?<="auth": ")[^"]+|(?<=\\.dockerconfigjson: ).+`, "g");
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    parts.push({ text: text.slice(from, match.index) }, { text: match[0], shown: DOTS });
    from = match.index + match[0].length;
  }
  return [...parts, { text: text.slice(from) }].filter((part) => part.text !== "");
}

export function shownText(parts: readonly Part[]): string {
  return parts.map(({ text, shown }) => shown ?? text).join("");
}

/**
 * The clear text of a selection, which is given by its offsets in the shown text. A hidden part that the
 * selection touches is taken whole.
 */
export function clearText(parts: readonly Part[], start: number, end: number): string {
  let at = 0;
  let clear = "";
  for (const { text, shown } of parts) {
    const length = (shown ?? text).length;
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, length)];
    if (from < to) {
      clear += shown === undefined ? text.slice(from, to) : text;
    }
    at += length;
  }
  return clear;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

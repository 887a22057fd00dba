import { createHash } from "node:crypto";
import type { WireReply } from "./dialect.ts";

/** Text that is HTML already. Everything else that goes into a page is escaped on its way. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | Html | readonly Html[] | null;

/** A template whose values are escaped, unless they are `Html` themselves; null is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(strings.reduce((text, part, at) => text + write(values[at - 1] ?? null) + part));
}

function write(value: Piece): string {
  if (value === null) {
    return "";
  }
  if (value instanceof Html) {
    return value.text;
  }
  return typeof value === "string" ? escapeText(value) : value.map(({ text }) => text).join("");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

const STYLE = `
:root { font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; }
body { max-width: 34rem; margin: 10vh auto 2rem; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input[type=text], input[type=password] { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; }
button { font: inherit; padding: .5rem 1.25rem; margin: 1.25rem .5rem 0 0; cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
.button { display: inline-block; padding: .5rem 1.25rem; border: 1px solid; border-radius: .25rem; text-decoration: none; }
.code { font: 1.5rem/1.5 ui-monospace, monospace; letter-spacing: .1em; }
.notice { border-left: .25rem solid; padding: .25rem 0 .25rem .75rem; }
`;
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/**
 * A page of the server's own: no script, one style. Its referrer policy lets our forms send their `Origin`,
 * which the stricter policy of other answers would suppress (Fetch §3.1).
 */
export function pageReply(
  status: number,
  page: {
    readonly title: string;
    readonly body: Html;
    /** Origins that a form of the page may end at: browsers hold a redirect after it to the same rule. */
    readonly formTargets?: readonly string[];
  },
  headers: Readonly<Record<string, string>> = {},
): WireReply {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Mintmark</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<h1>${page.title}</h1>
${page.body}
</main>
</body>
</html>
`;
  return {
    status,
    contentType: "text/html; charset=utf-8",
    body: document.text,
    headers: {
      "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${["'self'", ...(page.formTargets ?? [])].join(" ")}; base-uri 'none'; frame-ancestors 'none'`,
      "referrer-policy": "same-origin",
      ...headers,
    },
  };
}

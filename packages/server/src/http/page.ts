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

/** The name and the mark of the console, so that people recognise whom they give a password to. */
const BRAND = new Html(
  `<header><svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><circle cx="16" cy="16" r="15" fill="#147878"/><circle cx="16" cy="16" r="11.5" fill="none" stroke="#fff" stroke-width="1.5" stroke-dasharray="1.2 1.81"/><path d="M9.5 21.500V10.500h2.900l3.600 5.800 3.600-5.800h2.900v11h-2.900v-6.400L16 20.600l-3.600-5.500v6.400z" fill="#fff"/></svg><span>Mintmark</span></header>`,
);

const STYLE = `
:root { font: 16px/1.5 "Red Hat Text", RedHatText, system-ui, sans-serif; color-scheme: light dark;
  --ground: #fff; --text: #151515; --line: #8a8d90; --brand: #06c; --on-brand: #fff; --notice: #dca614; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #1b1d21; --text: #fff; --line: #8a8d90; --brand: #92c5f9; --on-brand: #1f1f1f; --notice: #f0ab00; }
}
body { max-width: 34rem; margin: 10vh auto 2rem; padding: 0 1.25rem; background: var(--ground); color: var(--text); }
header { display: flex; align-items: center; gap: .5rem; margin: 0 0 1.5rem; font-size: 1.25rem; font-weight: 700; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
a { color: var(--brand); }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input[type=text], input[type=password] { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem .75rem;
  border: 1px solid var(--line); border-radius: .375rem; background: transparent; color: inherit; }
button, .button { font: inherit; display: inline-block; padding: .5rem 1.5rem; margin: 1.25rem .5rem 0 0; cursor: pointer;
  border: 1px solid var(--brand); border-radius: 2rem; background: var(--brand); color: var(--on-brand); text-decoration: none; }
button[value=deny] { background: transparent; color: var(--brand); }
:focus-visible { outline: 2px solid var(--brand); outline-offset: 2px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
.code { font: 1.5rem/1.5 ui-monospace, monospace; letter-spacing: .1em; }
.notice { border-left: .25rem solid var(--notice); padding: .25rem 0 .25rem .75rem; }
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
${BRAND}
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

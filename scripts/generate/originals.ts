import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type OriginalRow, readOriginalRows } from "../../packages/server/src/testing/original-rows.ts";
import type { Generated } from "./checked-in.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DIALECTS = "packages/server/src/dialects";
/** @internal exported for tests */
export const BEGIN =
  "<!-- The part below is made by `npm run generate` from original.json, which a test reads. -->";
/** @internal exported for tests */
export const END = "<!-- The part above is made by `npm run generate`. -->";

/** The dialects that hold rows of requests and answers of their original. */
export function dialectsWithRows(): readonly string[] {
  return readdirSync(join(ROOT, DIALECTS)).filter((name) =>
    existsSync(join(ROOT, DIALECTS, name, "original.json")),
  );
}

/** The README of each such dialect, with its rows between the two marks. */
export function generate(): Generated {
  const files = dialectsWithRows().map((name): [string, string] => {
    const path = `${DIALECTS}/${name}/README.md`;
    return [path, withRows(readFileSync(join(ROOT, path), "utf8"), readOriginalRows(name), path)];
  });
  return Object.fromEntries(files);
}

function withRows(readme: string, rows: readonly OriginalRow[], path: string): string {
  const [before, rest = ""] = readme.split(`${BEGIN}\n`);
  const [, after] = rest.split(END);
  if (before === undefined || after === undefined) {
    throw new Error(`${path} needs the two marks of scripts/generate/originals.ts`);
  }
  return `${before}${BEGIN}\n\n${tablesOf(rows)}\n\n${END}${after}`;
}

function tablesOf(rows: readonly OriginalRow[]): string {
  const differing = rows.filter(({ here }) => here !== undefined);
  const same = rows.filter(({ here }) => here === undefined);
  const parts = ["An answer is a status and what its JSON holds; `{…}` stands for a value of the request."];
  if (differing.length > 0) {
    const lines = differing.map((row) => [
      requestOf(row),
      codeOf(row.original),
      codeOf(row.here ?? ""),
      row.because ?? "",
    ]);
    parts.push("Differs on purpose:", table(["request", "original", "here", "because"], lines));
  }
  const lines = same.map((row) => [requestOf(row), codeOf(row.original)]);
  parts.push("The same:", table(["request", "original and here"], lines));
  return parts.join("\n\n");
}

function requestOf({ what, request, as, headers, form, json }: OriginalRow): string {
  const body = form ?? (json === undefined ? "" : JSON.stringify(json));
  const line = codeOf(body === "" ? request : `${request} ${body}`);
  const shown = as ?? (headers === undefined ? "" : Object.keys(headers).join(", "));
  return [what === undefined ? "" : `${what}: `, line, shown === "" ? "" : ` with ${codeOf(shown)}`].join("");
}

function codeOf(text: string): string {
  return `\`${text}\``;
}

/** A table as the formatter writes it: each column as wide as its widest cell. */
function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rows = lines.map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

import { CLAIMS } from "./claims.ts";
import { cellsOfRun, RUN_COLUMNS, type Run } from "./machine.ts";
import { COLUMNS, cellsOf, type Row } from "./row.ts";

const BEGIN = "<!-- `npm run bench` writes what stands between here and the end mark. -->";
const END = "<!-- end of what `npm run bench` writes -->";

/**
 * Returns the page with the lines of these claims replaced. Lines of other claims stay, since a claim may be
 * measured by itself; lines of removed claims go. The prose around the marks is never changed.
 */
export function updatePage(page: string, rows: readonly Row[], runs: readonly Run[]): string {
  const [before, rest] = splitOnce(page, BEGIN);
  const [former, after] = splitOnce(rest, END);
  const measured = new Set(runs.map(({ claim }) => claim));
  const [formerRows = [], formerRuns = []] = tablesIn(former);
  const body = [
    BEGIN,
    "",
    ...table(COLUMNS, merge(formerRows, rows.map(cellsOf), measured)),
    "",
    ...table(RUN_COLUMNS, merge(formerRuns, runs.map(cellsOfRun), measured)),
    "",
    END,
  ];
  return `${before}${body.join("\n")}${after}`;
}

/** The lines of the page's table, cell by cell. */
export function rowsOnPage(page: string): readonly (readonly string[])[] {
  const [, rest] = splitOnce(page, BEGIN);
  const [written] = splitOnce(rest, END);
  return tablesIn(written)[0] ?? [];
}

type Line = readonly string[];

function merge(former: readonly Line[], fresh: readonly Line[], measured: ReadonlySet<string>): Line[] {
  return CLAIMS.flatMap((claim) => (measured.has(claim) ? fresh : former).filter(([name]) => name === claim));
}

function table(columns: readonly string[], lines: readonly Line[]): string[] {
  return [columns, columns.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`);
}

/** The lines below the heads of the tables in a piece of Markdown. */
function tablesIn(text: string): Line[][] {
  const tables: Line[][] = [];
  let current: Line[] | null = null;
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) {
      current = null;
    } else if (line.startsWith("| --- |")) {
      current = [];
      tables.push(current);
    } else {
      current?.push(line.slice(2, -2).split(" | "));
    }
  }
  return tables;
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) {
    throw new Error(`the page has no line "${mark}"`);
  }
  return [text.slice(0, at), text.slice(at + mark.length)];
}

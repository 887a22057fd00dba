import { basename } from "node:path";
import { formatGoal, type Goal, goalsOf, isMet } from "./goals.ts";
import { median } from "./statistics.ts";

export type Unit = "/s" | "ms" | "MB";

/** One line of the table. */
export interface Row {
  readonly claim: string;
  readonly what: string;
  /** The median of the rounds. */
  readonly value: number;
  readonly unit: Unit;
  /** Processor time of the server for each answer, in microseconds; null if it is not measured. */
  readonly us: number | null;
  /** The contestant it is compared with in the same rounds; null if it is measured alone. */
  readonly beside: string | null;
  /** Of the processor times if both have one (how much cheaper), else of the values. */
  readonly ratio: Ratio | null;
  readonly goal: string | null;
  readonly met: boolean | null;
}

/** Of the ratios of the single rounds. */
interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The name of the claim whose process this is. */
export const CLAIM = basename(process.argv[1] ?? "", ".ts");

/** What each contestant reached, round by round. */
export type Series = ReadonlyMap<string, readonly number[]>;

/** A line for each contestant, compared with the first one or with the one that its goals name. */
export function rowsOf(
  series: Series,
  unit: Unit,
  { claim = CLAIM, processor = new Map() }: { readonly claim?: string; readonly processor?: Series } = {},
): readonly Row[] {
  const [first] = series.keys();
  return [...series].flatMap(([what, own]) => {
    const goals = goalsOf(claim, what).filter(({ beside }) => beside === null || series.has(beside));
    const besides = goals.length > 0 ? goals : [{ beside: what === first ? null : (first as string) }];
    return besides.map((compared) =>
      rowOf({
        claim,
        what,
        value: median(own),
        unit,
        us: medianOrNull(processor.get(what)),
        beside: compared.beside,
        ratio: compared.beside === null ? null : ratioBeside(what, compared.beside, { series, processor }),
        goal: "claim" in compared ? compared : null,
      }),
    );
  });
}

/** A value that stands alone, measured once or computed. */
export function loneRow(what: string, value: number, unit: Unit, claim = CLAIM): Row {
  const [goal = null] = goalsOf(claim, what);
  return rowOf({ claim, what, value, unit, us: null, beside: null, ratio: null, goal });
}

function medianOrNull(values: readonly number[] = []): number | null {
  return values.length === 0 ? null : median(values);
}

function ratioBeside(
  what: string,
  beside: string,
  { series, processor }: { readonly series: Series; readonly processor: Series },
): Ratio {
  const [ownUs = [], besideUs = []] = [processor.get(what), processor.get(beside)];
  return ownUs.length > 0 && ownUs.length === besideUs.length
    ? ratioOf(besideUs, ownUs)
    : ratioOf(series.get(what) ?? [], series.get(beside) ?? []);
}

function rowOf(parts: Omit<Row, "goal" | "met"> & { readonly goal: Goal | null }): Row {
  const { goal, value, unit, ratio } = parts;
  return {
    ...parts,
    goal: goal && formatGoal(goal, unit),
    met: goal && isMet(goal, ratio?.median ?? value),
  };
}

function ratioOf(own: readonly number[], base: readonly number[]): Ratio {
  const ratios = own.map((value, round) => value / (base[round] as number));
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

export const COLUMNS = [
  "claim",
  "what",
  "median",
  "µs",
  "beside",
  "ratio (lowest–highest)",
  "goal",
  "met",
] as const;

/** The cells of a line, in the order of the columns. */
export function cellsOf(row: Row): readonly string[] {
  return [
    row.claim,
    row.what,
    `${formatValue(row.value)} ${row.unit}`,
    row.us === null ? "" : row.us.toFixed(1),
    row.beside ?? "",
    row.ratio === null
      ? ""
      : `${formatRatio(row.ratio.median)} (${formatRatio(row.ratio.lowest)}–${formatRatio(row.ratio.highest)})`,
    row.goal ?? "",
    row.met === null ? "" : row.met ? "yes" : "**no**",
  ];
}

/** Rows for a terminal, in columns that line up. */
export function renderText(rows: readonly Row[]): string {
  const lines = [COLUMNS, ...rows.map((row) => cellsOf(row).map((cell) => cell.replaceAll("*", "")))];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function formatValue(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function formatRatio(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}

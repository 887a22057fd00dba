import { Readable } from "node:stream";
import { nextTurn } from "../core/turn.ts";
import type { WireReply, WireRequest } from "./dialect.ts";

/** A spreadsheet takes a cell that begins like this for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

const PIECE_LENGTH = 16_384;

/**
 * True if the request prefers `text/csv` over JSON (RFC 9110 §12.5.1). Of two that are equal the first
 * counts.
 */
export function prefersCsv({ headers }: Pick<WireRequest, "headers">): boolean {
  const ranges = (headers.accept ?? "").split(",").map(readRange);
  const csv = ranges.findIndex(({ type }) => type === "text/csv");
  const csvQuality = ranges[csv]?.quality ?? 0;
  if (csvQuality === 0) {
    return false;
  }
  for (const type of ["application/json", "application/*", "*/*"]) {
    const json = ranges.findIndex((range) => range.type === type);
    const jsonQuality = ranges[json]?.quality;
    if (jsonQuality !== undefined) {
      const isFirst = csv < json || type !== "application/json";
      return csvQuality > jsonQuality || (csvQuality === jsonQuality && isFirst);
    }
  }
  return true;
}

function readRange(text: string): { readonly type: string; readonly quality: number } {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  return { type, quality: Number.isFinite(quality) ? Math.min(1, Math.max(0, quality)) : 0 };
}

/** A table as RFC 4180 has it, sent while it is read. The first line names the columns. */
export function csvReply(
  name: string,
  columns: readonly string[],
  rows: AsyncIterable<Readonly<Record<string, unknown>>>,
): WireReply {
  /** Many lines go in one piece, and requests are answered between two pieces. */
  async function* pieces(): AsyncGenerator<string> {
    let lines = csvLine(columns);
    for await (const row of rows) {
      lines += csvLine(columns.map((column) => row[column]));
      if (lines.length >= PIECE_LENGTH) {
        yield lines;
        lines = "";
        await nextTurn();
      }
    }
    yield lines;
  }
  return {
    status: 200,
    contentType: "text/csv; charset=utf-8; header=present",
    headers: { "content-disposition": `attachment; filename="${name}.csv"`, vary: "accept" },
    body: Readable.from(pieces()),
  };
}

/** One row, with its line end. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

function cell(value: unknown): string {
  const text = textOf(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) {
    return "";
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

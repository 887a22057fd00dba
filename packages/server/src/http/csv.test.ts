import { expect, test } from "vitest";
import { csvReply, prefersCsv } from "./csv.ts";

test.for([
  ["text/csv", true],
  ["text/csv, */*;q=0.1", true],
  ["text/csv, */*", true],
  ["text/csv;q=0.9, application/json;q=0.8", true],
  ["text/csv, application/json", true],
  ["application/json, text/csv", false],
  ["application/json, text/csv;q=0.9", false],
  ["text/csv;q=0", false],
  ["text/csv;q=x", false],
  ["application/json", false],
  ["*/*", false],
  ["text/*", false],
  [undefined, false],
] as const)("Accept: %s prefers CSV: %s", ([accept, expected]) => {
  expect(prefersCsv({ headers: accept === undefined ? {} : { accept } })).toBe(expected);
});

async function textOf(columns: readonly string[], rows: readonly Record<string, unknown>[]): Promise<string> {
  async function* all() {
    yield* rows;
  }
  const chunks: string[] = [];
  for await (const chunk of csvReply("x", columns, all()).body as AsyncIterable<string>) {
    chunks.push(chunk);
  }
  return chunks.join("");
}

test("cells are quoted where RFC 4180 says so, and what is absent is empty", async () => {
  const row = { a: 'say "hi"', b: "one,two", c: "line\r\nbreak", d: null, e: 7, f: true, g: ["x", "y"] };

  expect(await textOf(["a", "b", "c", "d", "e", "f", "g"], [row])).toBe(
    'a,b,c,d,e,f,g\r\n"say ""hi""","one,two","line\r\nbreak",,7,true,"[""x"",""y""]"\r\n',
  );
});

// A title is chosen by a user and opened in an administrator's spreadsheet.
test.for(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])("%j is no formula", async (title) => {
  const [, line = ""] = (await textOf(["title"], [{ title }])).split(/\r\n(?=.)/);
  expect(line.replace(/^"/, "")).toMatch(/^'/);
});

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CLAIMS } from "./claims.ts";
import { formatGoal, GOALS } from "./goals.ts";
import type { Run } from "./machine.ts";
import { rowsOnPage, updatePage } from "./page.ts";
import { COLUMNS, loneRow, rowsOf } from "./row.ts";

const page = readFileSync(new URL("../docs/reference/performance.md", import.meta.url), "utf8");
const column = (name: (typeof COLUMNS)[number]) => COLUMNS.indexOf(name);

describe("the page of performance", () => {
  // A claim that looks bad cannot be dropped in silence: the commit has to change this test as well.
  test("has a line for each goal, with its bound and whether it is met", () => {
    const lines = rowsOnPage(page);
    const missing = GOALS.filter(
      (goal) =>
        !lines.some(
          (cells) =>
            cells[column("claim")] === goal.claim &&
            cells[column("what")] === goal.what &&
            cells[column("beside")] === (goal.beside ?? "") &&
            cells[column("goal")] === formatGoal(goal, cells[column("median")]?.split(" ").at(-1)) &&
            /yes|no/.test(cells[column("met")] ?? ""),
        ),
    );
    expect(missing, "run `npm run bench -- <claim>`").toEqual([]);
  });

  test("has lines of every claim, and every claim has a file", () => {
    const shown = new Set(rowsOnPage(page).map(([claim]) => claim));
    expect(CLAIMS.filter((claim) => !shown.has(claim))).toEqual([]);
    expect(CLAIMS.filter((claim) => !existsSync(new URL(`./${claim}.ts`, import.meta.url)))).toEqual([]);
  });
});

describe("an update of the page", () => {
  const run = (claim: string): Run => ({
    claim,
    date: "2026-01-02",
    machine: "2 × a processor, 4 GB",
    node: "20.19.0",
    database: "SQLite 3",
    loadBy: "wrk",
    rounds: "5 of 2 s",
    loadAverage: "0.1",
  });
  const shown = (text: string, claim: string) => rowsOnPage(text).filter(([name]) => name === claim);

  test("renews the lines of the claims that were measured and leaves all else as it was", () => {
    const row = loneRow("a line of a test", 12_345.6, "/s", "issue");
    const updated = updatePage(page, [row], [run("issue")]);
    expect(shown(updated, "issue")).toEqual([["issue", "a line of a test", "12,346 /s", "", "", "", "", ""]]);
    for (const claim of CLAIMS.filter((name) => name !== "issue")) {
      expect(shown(updated, claim)).toEqual(shown(page, claim));
    }
    expect(updated).toContain("| issue | 2026-01-02 | 2 × a processor, 4 GB |");
    expect(updated.split("<!--")[0]).toBe(page.split("<!--")[0]);
    expect(updated.split("-->").at(-1)).toBe(page.split("-->").at(-1));
  });

  test("changes nothing when nothing was measured", () => {
    expect(updatePage(page, [], [])).toBe(page);
  });

  test("keeps the order of the claims, whichever was measured first", () => {
    const lines = [loneRow("b", 1, "/s", "million"), loneRow("a", 1, "/s", "verify-core")];
    const order = rowsOnPage(updatePage(page, lines, [run("million"), run("verify-core")])).map(
      ([name]) => name,
    );
    expect([...new Set(order)]).toEqual(CLAIMS);
  });
});

describe("a line", () => {
  test("is measured beside what its goal names, round by round, and beside the first where it has none", () => {
    const rows = rowsOf(
      new Map([
        ["bare node:http, GET", [100, 200, 400]],
        ["GET /verify", [90, 100, 320]],
        ["GET /verify, garbage", [90, 200, 320]],
        ["something else", [50, 50, 50]],
      ]),
      "/s",
      { claim: "verify-http" },
    );
    expect(
      rows.map(({ what, value, beside, ratio, goal, met }) => [what, value, beside, ratio, goal, met]),
    ).toEqual([
      ["bare node:http, GET", 200, null, null, null, null],
      ["GET /verify", 100, "bare node:http, GET", { median: 0.8, lowest: 0.5, highest: 0.9 }, "≥ 0.75", true],
      ["GET /verify, garbage", 200, "GET /verify", { median: 1, lowest: 1, highest: 2 }, "≥ 1.00", true],
      [
        "something else",
        50,
        "bare node:http, GET",
        { median: 0.25, lowest: 0.125, highest: 0.5 },
        null,
        null,
      ],
    ]);
  });

  test("that misses its goal says so", () => {
    const what = "acknowledged → refused, worst";
    expect(loneRow(what, 1_000.1, "ms", "revocation")).toMatchObject({ goal: "≤ 1,000 ms", met: false });
    expect(loneRow(what, -2, "ms", "revocation")).toMatchObject({ met: true });
  });
});

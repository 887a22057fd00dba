import { describe, expect, test } from "vitest";
import { drawSecret } from "../core/secret/format.ts";
import { leastCost } from "../testing/cost.ts";
import { entropy } from "../testing/entropy.ts";
import { AnswerLog } from "./answer-log.ts";
import { type AnswerNote, blankNotes, type RequestNotes } from "./answer-note.ts";

const secret = drawSecret(entropy, "mmt_").reveal();

function linesOf(level: string, ...answers: readonly AnswerNote[]): readonly string[] {
  const lines: string[] = [];
  const log = new AnswerLog({ write: (line) => lines.push(line) }, level);
  for (const answer of answers) {
    log.note(answer);
  }
  return lines;
}

function answer(over: Partial<AnswerNote> = {}, notes: Partial<RequestNotes> = {}): AnswerNote {
  return {
    id: "abc123000001",
    method: "GET",
    url: "/api/mintmark/v1/credentials?limit=2",
    status: 200,
    ms: 1.23456,
    address: "192.0.2.7",
    agent: "curl/8",
    original: () => null,
    ...over,
    notes: { ...blankNotes("mintmark", false), ...notes },
  };
}

describe("the line of an answer", () => {
  test("is one line of JSON with what an operator asks for", () => {
    const [line = ""] = linesOf("info", answer({}, { caller: "ada" }));
    expect(line.endsWith("}\n")).toBe(true);
    const { time, ...rest } = JSON.parse(line);
    expect(rest).toEqual({
      level: "info",
      reqId: "abc123000001",
      dialect: "mintmark",
      method: "GET",
      url: "/api/mintmark/v1/credentials?limit=2",
      status: 200,
      ms: 1.23,
      address: "192.0.2.7",
      agent: "curl/8",
      caller: "ada",
      msg: "answered",
    });
    expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(5_000);
    expect(new Date(time).toISOString()).toBe(time);
  });

  // The client chooses the path, the user agent and, through a proxy, the original URL.
  test("stays one line of JSON whatever was sent, and nothing in it ends the field it stands in", () => {
    const odd = 'x"},"level":"fatal"\n\r\\\u0000é\u2028😀\ud800';
    const note = answer(
      { url: `/${odd}`, agent: odd, original: () => odd, address: null },
      { caller: odd, refusal: "forbidden", detail: odd },
    );
    const [line = ""] = linesOf("info", note);
    expect(line.split("\n")).toHaveLength(2);
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      url: `/${odd}`,
      agent: odd,
      original: odd,
      caller: odd,
      refusal: "forbidden",
      detail: odd,
      address: null,
    });
  });

  test.each([
    ["the path", { url: `/x/${secret}` }, {}],
    ["the path, percent-encoded", { url: `/x/${secret.replace("_", "%5F")}` }, {}],
    ["the query", { url: `/x?token=${secret}` }, {}],
    ["the agent", { agent: `curl ${secret}` }, {}],
    ["a long path", { url: `/${"x/".repeat(3_000)}${secret}` }, {}],
    ["the original request", { original: () => `GET /y?a=${secret}` }, {}],
    ["the reason of a refusal", { status: 401 }, { refusal: "credential_inactive", detail: `not ${secret}` }],
  ])("shows no secret that stands in %s", (_where, over, notes) => {
    const [line = ""] = linesOf("info", answer(over, notes));
    expect(line).not.toContain(secret.slice(8));
    expect(JSON.parse(line)).toMatchObject({ msg: "answered" });
  });

  test("shows no JWT and no value of a sensitive parameter", () => {
    const jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln";
    const [line = ""] = linesOf("info", answer({ url: `/cb?code=hush&x=${jwt}`, agent: jwt }));
    expect(line).not.toMatch(/hush|eyJ/);
  });
});

test("what services ask thousands of times is written at debug when it is granted, at info when refused", () => {
  const granted = answer({}, { quiet: true });
  const refused = answer({ status: 403 }, { quiet: true, refusal: "forbidden" });
  const usual = answer();
  expect(linesOf("info", granted, refused, usual)).toHaveLength(2);
  expect(linesOf("debug", granted, refused, usual).map((line) => JSON.parse(line).level)).toEqual([
    "debug",
    "info",
    "info",
  ]);
  expect(linesOf("warn", granted, refused, usual)).toEqual([]);
});

// The logger's general machinery took 14 microseconds, more than the verdict and its answer together.
test("a line costs a microsecond or so", async () => {
  const log = new AnswerLog({ write: () => undefined }, "info");
  const usual = answer();
  const lines = 100_000;

  const ms = await leastCost(() => {
    for (let count = 0; count < lines; count += 1) {
      log.note(usual);
    }
  }, lines / 1_000);

  // Processor time on a busy machine is more than on a quiet one, but not five times more.
  expect(ms).toBeLessThan((5 * lines) / 1_000);
});

import { expect, it } from "vitest";
import type { Call, Harness } from "./harness.ts";
import { type OriginalRow, readOriginalRows } from "./original-rows.ts";

/** Makes a test of each row. `world` gives the hub and the words in braces when the tests run. */
export function testOriginalRows(
  dialect: string,
  world: () => { readonly hub: Harness; readonly words: Readonly<Record<string, string>> },
): void {
  it.each(readOriginalRows(dialect).map((row) => [nameOf(row), row] as const))("%s", async (_name, row) => {
    const { hub, words } = world();
    const reply = await hub.call(callOf(row, words));
    expectAnswer(reply, fill(row.here ?? row.original, words));
  });
}

function nameOf({ what, request, here, original }: OriginalRow): string {
  return `${what === undefined ? "" : `${what}: `}${request} is answered ${here ?? original}`;
}

function callOf(row: OriginalRow, words: Readonly<Record<string, string>>): Call {
  const [method = "GET", url = "/"] = fill(row.request, words).split(" ");
  const own =
    row.headers === undefined ? {} : (JSON.parse(fill(JSON.stringify(row.headers), words)) as object);
  return {
    method: method as NonNullable<Call["method"]>,
    url,
    headers: { ...own, ...(row.as === undefined ? {} : { authorization: fill(row.as, words) }) },
    ...(row.form === undefined ? {} : { form: fill(row.form, words) }),
    ...(row.json === undefined ? {} : { json: JSON.parse(fill(JSON.stringify(row.json), words)) }),
  };
}

/** Puts the words in. Braces that name no word stay, and so fail the test. */
function fill(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => words[name] ?? whole);
}

type Reply = Awaited<ReturnType<Harness["call"]>>;

function expectAnswer(reply: Reply, answer: string): void {
  const [, status, conditions = ""] = /^(\d{3})(?: (.*))?$/.exec(answer) ?? [];
  expect(`${reply.statusCode}`, reply.body.slice(0, 500)).toBe(status);
  for (const condition of conditions.split(", ").filter(Boolean)) {
    expectCondition(reply, condition);
  }
}

function expectCondition(reply: Reply, condition: string): void {
  const [, not, field = "", operator, value = ""] = /^(!?)([\w.-]+)(?:([=~])(.*))?$/.exec(condition) ?? [];
  const found = fieldOf(reply, field);
  const shown = `${condition} in ${reply.body.slice(0, 500)}`;
  if (operator === "=") {
    expect(found, shown).toEqual(readValue(value));
  } else if (operator === "~") {
    expect(String(found), shown).toContain(value);
  } else {
    expect(found !== undefined, shown).toBe(not === "");
  }
}

function fieldOf(reply: Reply, field: string): unknown {
  if (field === "body") {
    return reply.body;
  }
  if (field.startsWith("header.")) {
    return reply.headers[field.slice("header.".length)];
  }
  let found: unknown = JSON.parse(reply.body);
  for (const part of field.split(".")) {
    found = (found as Readonly<Record<string, unknown>> | undefined | null)?.[part];
  }
  return found;
}

/** JSON where it is JSON, else the text itself. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

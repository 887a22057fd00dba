import { describe, expect, test } from "vitest";
import { MintmarkError } from "../error.ts";
import type { HubCalls } from "./hub-calls.ts";
import type { Moment } from "./moment.ts";
import { Questions, type Told } from "./questions.ts";
import { type Known, knownOf } from "./verdict.ts";

const ada = knownOf({ username: "ada", subject: "1", kind: "app_token" }, [], null);

interface Call {
  readonly texts: readonly string[];
  readonly timeoutMs: number;
  answer(known: Known | null): Promise<void>;
  fail(): Promise<void>;
}

/** A hub that answers when it is told to, and a clock that goes when it is told to. */
function open(limits: { sharedMs?: number; timeoutMs?: number; batchMax?: number } = {}) {
  const calls: Call[] = [];
  const time = { ms: 0 };
  const hub: HubCalls = {
    batchMax: limits.batchMax ?? 1,
    ask: (texts, timeoutMs) =>
      new Promise((resolve, reject) => {
        calls.push({
          texts,
          timeoutMs,
          answer(known) {
            resolve(texts.map(() => known));
            return turn();
          },
          fail() {
            reject(new MintmarkError({ code: "unreachable", status: 0, message: "" }));
            return turn();
          },
        });
      }),
  };
  const clock = (): Moment => ({ steady: time.ms, wall: time.ms });
  const { sharedMs = 1_000, timeoutMs = 2_000 } = limits;
  return { calls, time, questions: new Questions(hub, { sharedMs, timeoutMs }, clock) };
}

/** Lets everything that is due happen. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

function codeOf(told: Promise<Told>): Promise<unknown> {
  return told.then(
    () => "told",
    (error: MintmarkError) => error.code,
  );
}

describe("questions about the same secret", () => {
  test("are one, before it is put and while it is under way", async () => {
    const { calls, time, questions } = open();
    const first = [questions.ask("d", "secret"), questions.ask("d", "secret")];
    await turn();
    time.ms = 999;
    const all = [...first, questions.ask("d", "secret")];
    await turn();
    expect(calls).toHaveLength(1);
    await calls[0]?.answer(ada);
    expect(await Promise.all(all)).toEqual(all.map(() => ({ known: ada, askedAt: { steady: 0, wall: 0 } })));
  });

  // The hub may have said yes just before the revocation: a caller that comes later than the
  // promised time after the revocation must not share that answer.
  test("are asked anew when the one under way was put too long ago", async () => {
    const { calls, time, questions } = open({ sharedMs: 1_000 });
    const early = questions.ask("d", "secret");
    await turn();
    time.ms = 1_000;
    const late = questions.ask("d", "secret");
    await turn();
    expect(calls).toHaveLength(2);
    await calls[1]?.answer(null);
    await calls[0]?.answer(ada);
    expect((await early).known).toBe(ada);
    expect((await late).known).toBeNull();
  });

  test("share only what has not been put yet where nothing may be shared for longer", async () => {
    const { calls, questions } = open({ sharedMs: 0 });
    void questions.ask("d", "secret");
    void questions.ask("d", "secret");
    await turn();
    void questions.ask("d", "secret");
    await turn();
    expect(calls).toHaveLength(2);
  });

  test("fail together, and are forgotten then", async () => {
    const { calls, questions } = open();
    const both = [codeOf(questions.ask("d", "secret")), codeOf(questions.ask("d", "secret"))];
    await turn();
    await calls[0]?.fail();
    expect(await Promise.all(both)).toEqual(["unreachable", "unreachable"]);
    void questions.ask("d", "secret");
    await turn();
    expect(calls).toHaveLength(2);
  });
});

describe("many secrets", () => {
  test("go together where the hub takes many at a time, each answered by its own", async () => {
    const { calls, questions } = open({ batchMax: 100 });
    const told = Array.from({ length: 250 }, (_, at) => questions.ask(`d${at}`, `secret ${at}`));
    await turn();
    expect(calls.map(({ texts }) => texts.length)).toEqual([100, 100, 50]);
    await calls[2]?.answer(ada);
    await calls[1]?.answer(null);
    await calls[0]?.answer(null);
    expect((await Promise.all(told)).map(({ known }) => known)).toEqual([
      ...Array.from({ length: 200 }, () => null),
      ...Array.from({ length: 50 }, () => ada),
    ]);
  });

  test("wait their turn rather than open more connections, and time runs meanwhile", async () => {
    const { calls, time, questions } = open({ timeoutMs: 2_000 });
    const told = Array.from({ length: 18 }, (_, at) => codeOf(questions.ask(`d${at}`, `secret ${at}`)));
    await turn();
    expect(calls).toHaveLength(16);
    time.ms = 1_500;
    await calls[0]?.answer(ada);
    expect(calls[16]).toMatchObject({ texts: ["secret 16"], timeoutMs: 500 });
    time.ms = 2_000;
    await calls[1]?.answer(ada);
    expect(calls).toHaveLength(17);
    expect(await told[17]).toBe("timeout");
  });

  test("are turned away at once when too many wait", async () => {
    const { questions } = open();
    const told = Array.from({ length: 5_001 }, (_, at) => codeOf(questions.ask(`d${at}`, "secret")));
    expect(await told[5_000]).toBe("overloaded");
  });
});

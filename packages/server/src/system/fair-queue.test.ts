import { beforeEach, describe, expect, test } from "vitest";
import type { HubError } from "../core/errors.ts";
import { FairQueue } from "./fair-queue.ts";

describe("the queue of hashes", () => {
  let queue: FairQueue;
  let begun: string[];
  let finish: (() => void)[];

  beforeEach(() => {
    queue = new FairQueue({ runningMax: 1, waitingMax: 6, retryAfterSeconds: 2 });
    begun = [];
    finish = [];
  });

  /** Asks for a turn; the outcome is the name, or the code of the refusal. */
  const ask = (lane: string, name: string, isGone: () => boolean = () => false): Promise<string> =>
    queue
      .run({ lane, isGone }, () => {
        begun.push(name);
        return new Promise<string>((resolve) => finish.push(() => resolve(name)));
      })
      .catch((error: HubError) => `${error.code} ${error.retryAfterSeconds}`);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const finishAll = async () => {
    for (let next = finish.shift(); next; next = finish.shift()) {
      next();
      await turn();
    }
  };

  // A flood from one address must not stand before everybody.
  test("gives the lanes turns", async () => {
    const asked = ["a1", "a2", "a3", "b1", "c1", "b2"].map((name) => ask(name.charAt(0), name));
    await finishAll();
    await Promise.all(asked);

    expect(begun).toEqual(["a1", "a2", "b1", "c1", "a3", "b2"]);
  });

  test("tells those beyond its bound at once when to come again", async () => {
    const first = ask("a", "a0");
    const waiting = Array.from({ length: 6 }, (_, count) => ask("a", `a${count + 1}`));

    expect(await ask("a", "late")).toBe("busy 2");
    await finishAll();
    await Promise.all([first, ...waiting]);
    expect(begun).toHaveLength(7);
  });

  test("takes a newcomer of a short lane for the latest of the longest", async () => {
    const first = ask("a", "a0");
    const flood = Array.from({ length: 6 }, (_, count) => ask("a", `a${count + 1}`));
    const honest = ask("b", "b1");

    expect(await flood[5]).toBe("busy 2");
    await finishAll();
    expect(await honest).toBe("b1");
    expect(begun.indexOf("b1")).toBe(2);
    await Promise.all([first, ...flood]);
  });

  test("does not begin work of callers that hung up, and they make room", async () => {
    let isGone = false;
    const first = ask("a", "a0");
    const leaving = Array.from({ length: 6 }, (_, count) => ask("a", `a${count + 1}`, () => isGone));
    isGone = true;
    const next = ask("a", "a7");
    await finishAll();

    expect(await next).toBe("a7");
    expect(begun).toEqual(["a0", "a7"]);
    expect(await Promise.all([first, ...leaving])).toEqual(["a0", ...Array(6).fill("busy undefined")]);
    expect(queue.waiting).toBe(0);
  });

  test("goes on after work that fails", async () => {
    const failing = queue.run({ lane: "a" }, () => Promise.reject(new Error("no luck"))).catch(String);
    const next = ask("a", "a1");

    expect(await failing).toBe("Error: no luck");
    await turn();
    await finishAll();
    expect(await next).toBe("a1");
  });
});

import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { report, ThreeNodes } from "./three-nodes.ts";

const BOUND_MS = 1_000;
/** What a request and a busy machine may add to the bound. */
const SLACK_MS = 700;
/** After so long without a sign of life a node is no longer named. */
const FORGOTTEN_MS = 10_000;

interface Receipt {
  readonly complete: boolean;
  readonly nodes: readonly {
    readonly id: string;
    readonly name: string;
    readonly applied: boolean;
    readonly appliedAt: string | null;
    readonly ms: number | null;
    readonly lastSeenAt: string;
  }[];
}

let three: ThreeNodes;

beforeAll(async () => {
  three = await ThreeNodes.start();
});

beforeEach(() => three.untilTrusting());

afterAll(() => three?.stop());

describe("the receipt of a revocation on one of three nodes", () => {
  it("names every node and when it applied it, and no node accepts when it is there", async () => {
    const took: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const { secret, id } = await three.makeToken(round % 3);
      await three.warm(secret);
      const began = Date.now();
      const { receipt, ms } = await revoke((round + 1) % 3, id);
      const statuses = await three.askAll(secret);

      expect(statuses).toEqual([401, 401, 401]);
      expect(receipt.complete).toBe(true);
      expect(receipt.nodes.map(({ applied }) => applied)).toEqual([true, true, true]);
      expect(receipt.nodes.map(pidOf).sort()).toEqual(pids([0, 1, 2]));
      expect(pidOf(receipt.nodes[0])).toBe(three.node((round + 1) % 3).process.pid);
      for (const node of receipt.nodes) {
        expect(Date.parse(node.appliedAt ?? "")).toBeGreaterThanOrEqual(began);
        expect(Date.parse(node.appliedAt ?? "")).toBeLessThanOrEqual(Date.now());
        expect(node.ms).toBeLessThan(BOUND_MS);
      }
      took.push(ms);
    }
    report("revocation with receipt", took);
  });

  it("comes from /oauth/revoke as well, and after it no node accepts the secret or its bearers", async () => {
    const { secret } = await three.makeToken(0, "offline_token");
    const bearer = await three.exchange(1, secret);
    await three.warm(bearer);
    const reply = await fetch(`${three.node(2).url}/oauth/revoke`, {
      method: "POST",
      headers: { prefer: "return=representation" },
      body: new URLSearchParams({ token: secret }),
    });
    const statuses = await three.askAll(bearer);

    expect(statuses).toEqual([401, 401, 401]);
    expect(reply.headers.get("x-mintmark-applied")).toBe("3/3");
    expect(((await reply.json()) as { receipt: Receipt }).receipt.complete).toBe(true);
  });

  it("is there for each of two hundred at once", async () => {
    const tokens = await Promise.all(Array.from({ length: 200 }, (_, index) => three.makeToken(index % 3)));
    await Promise.all(tokens.map(({ secret }, index) => three.ask(index % 3, secret)));
    const began = performance.now();
    const answers = await Promise.all(
      tokens.map(async ({ id, secret }, index) => {
        const { receipt, ms } = await revoke(index % 3, id);
        return { receipt, ms, statuses: await three.askAll(secret) };
      }),
    );
    const allMs = performance.now() - began;

    expect(answers.filter(({ receipt }) => receipt.nodes.length !== 3)).toEqual([]);
    // A machine that is busy enough may make a node miss the bound; it accepts nothing even then.
    expect(answers.filter(({ receipt }) => receipt.complete).length).toBeGreaterThan(100);
    // A busy database may be slower than a verdict may wait for it: then the answer is 503, and never yes.
    expect(answers.flatMap(({ statuses }) => statuses)).not.toContain(200);
    report(
      `200 revocations at once, all in ${allMs.toFixed(0)} ms`,
      answers.map(({ ms }) => ms),
    );
  });
});

describe("a node that does not answer", () => {
  it("is named within the bound, and does not accept when it goes on", async () => {
    const { secret, id } = await three.makeToken(0);
    await three.warm(secret);
    const frozen = three.node(2).process;
    frozen.kill("SIGSTOP");
    const { receipt, ms } = await revoke(0, id);
    // Asked while it stands still, so that it finds the question before it can hear of anything.
    const asking = three.ask(2, secret);
    await delay(50);
    frozen.kill("SIGCONT");
    const status = await asking;

    expect(status).toBe(401);
    expect(receipt.complete).toBe(false);
    expect(receipt.nodes.filter(({ applied }) => !applied).map(pidOf)).toEqual([frozen.pid]);
    expect(
      receipt.nodes
        .filter(({ applied }) => applied)
        .map(pidOf)
        .sort(),
    ).toEqual(pids([0, 1]));
    expect(receipt.nodes.find(({ applied }) => !applied)).toMatchObject({ appliedAt: null, ms: null });
    expect(ms).toBeGreaterThanOrEqual(BOUND_MS - 1);
    expect(ms).toBeLessThan(BOUND_MS + SLACK_MS);
    expect(await three.askAll(secret)).toEqual([401, 401, 401]);
    report("revocation with a node that stands still", [ms]);
  });

  it("is named when it was killed, until it is forgotten; its successor is another node", async () => {
    const killed = three.node(1).process.pid;
    await three.node(1).stop("SIGKILL");
    const killedAt = performance.now();
    await three.replace(1);
    const { receipt } = await revoke(0, (await three.makeToken(0)).id);

    expect(receipt.nodes.filter(({ applied }) => !applied).map(pidOf)).toEqual([killed]);
    expect(
      receipt.nodes
        .filter(({ applied }) => applied)
        .map(pidOf)
        .sort(),
    ).toEqual(pids([0, 1, 2]));

    // After that time the dead node is forgotten, and a receipt is whole without it.
    const later = await eventually(async () => {
      const { receipt } = await revoke(0, (await three.makeToken(0)).id);
      return receipt.nodes.length === 3 ? { receipt } : null;
    });

    expect(performance.now() - killedAt).toBeLessThan(FORGOTTEN_MS + 5_000);
    expect(later.receipt.complete).toBe(true);
    expect(later.receipt.nodes.map(pidOf).sort()).toEqual(pids([0, 1, 2]));
  });

  it("is not there any more when it stopped in good order", async () => {
    await three.node(1).stop();
    const { receipt } = await revoke(0, (await three.makeToken(0)).id);
    await three.replace(1);

    expect(receipt.complete).toBe(true);
    expect(receipt.nodes.map(pidOf).sort()).toEqual(pids([0, 2]));
  });

  it("whose listening connection was cut at that moment answers within the bound all the same", async () => {
    const took: number[] = [];
    const completed: boolean[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { secret, id } = await three.makeToken(0);
      await three.warm(secret);
      const cutting = three.listeners.cut();
      await delay(round * 5);
      const { receipt, ms } = await revoke(0, id);
      const statuses = await three.askAll(secret);
      await cutting;

      expect(statuses).toEqual([401, 401, 401]);
      expect(receipt.nodes.length).toBe(3);
      completed.push(receipt.complete);
      took.push(ms);
      await three.untilTrusting();
    }
    expect(completed).toContain(true);
    report("revocation with cut connections", took);
  });

  it("does not keep the one that waits for it from stopping in good order", async () => {
    const { secret, id } = await three.makeToken(0);
    const frozen = three.node(2).process;
    frozen.kill("SIGSTOP");
    const waiting = revoke(0, id);
    // Refused: the revocation is committed, and waits for the frozen node.
    await eventually(async () => ((await three.ask(0, secret)) === 401 ? true : null));
    const code = await three.node(0).stop();
    const { receipt } = await waiting;
    frozen.kill("SIGCONT");
    await three.replace(0);

    expect(code).toBe(0);
    expect(receipt.complete).toBe(false);
    expect(await three.askAll(secret)).toEqual([401, 401, 401]);
    // In good order is: it signed off, so nobody waits for it now.
    await three.untilTrusting();
    const { receipt: next } = await revoke(1, (await three.makeToken(1)).id);
    expect([next.complete, next.nodes.length]).toEqual([true, 3]);
  });
});

async function revoke(at: number, id: string): Promise<{ receipt: Receipt; ms: number }> {
  const began = performance.now();
  const reply = await fetch(`${three.node(at).url}/api/mintmark/v1/credentials/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${three.root}`, prefer: "return=representation" },
  });
  const { receipt } = (await reply.json()) as { receipt: Receipt };
  return { receipt, ms: performance.now() - began };
}

/** A node's name is `<host>:<process id>`. */
function pidOf(node: { readonly name: string } | undefined): number {
  return Number(node?.name.split(":").pop());
}

function pids(at: readonly number[]): readonly (number | undefined)[] {
  return at.map((index) => three.node(index).process.pid).sort();
}

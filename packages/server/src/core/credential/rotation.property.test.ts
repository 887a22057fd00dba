import fc from "fast-check";
import { expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { HubError } from "../errors.ts";
import { ask } from "../looked.ts";
import { Secret } from "../secret/secret.ts";
import { FIRST_USE, type OldPlan } from "./rotation-plan.ts";

const HOUR_MS = 3_600_000;
const PLANS: readonly OldPlan[] = [
  { mode: "now" },
  { mode: "timed", forMs: 2 * HOUR_MS },
  { ...FIRST_USE, mode: "first_use", deadlineMs: 3 * HOUR_MS },
  { mode: "quiet", forMs: HOUR_MS, deadlineMs: 5 * HOUR_MS, onDeadline: "keep" },
  { mode: "quiet", forMs: HOUR_MS, deadlineMs: 5 * HOUR_MS, onDeadline: "end" },
];

const picked = fc.nat(9);
const operations = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("rotate" as const), which: picked, plan: fc.constantFrom(...PLANS) }),
    fc.record({ do: fc.constantFrom("use", "freeze", "thaw", "revoke", "narrow"), which: picked }),
    fc.record({ do: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constantFrom("sweep" as const, "restart" as const) }),
  ),
  { maxLength: 14 },
);

/** What this model knows of one secret: that it may be good, or that it must never be good again. */
interface Known {
  readonly id: string;
  readonly secret: string;
  dead: boolean;
  frozen: boolean;
  /** It was narrowed to pull, for good. */
  narrowed: boolean;
}

test("whatever happens: two generations at most, ends are final, frozen ones are refused, nothing widens", async () => {
  await fc.assert(
    fc.asyncProperty(operations, async (steps) => {
      const hub = await createHarness();
      try {
        await hub.addUser("ada", { grants: ["repository:team/*:pull,push"] });
        const first = await hub.issue("ada", "personal_token", { scopes: ["repository:team/*:pull,push"] });
        const known: Known[] = [{ ...first, dead: false, frozen: false, narrowed: false }];
        for (const step of steps) {
          await take(hub, known, step);
          await judge(hub, known);
        }
      } finally {
        await hub.close();
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);

type Step = typeof operations extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

async function take(hub: Harness, known: Known[], step: Step): Promise<void> {
  if (step.do === "wait") {
    hub.clock.advance({ hours: step.hours });
    return;
  }
  if (step.do === "sweep") {
    await hub.hub.jobs.run("watch-rotations");
    await hub.hub.jobs.run("expire-credentials");
    return;
  }
  if (step.do === "restart") {
    await hub.restart();
    return;
  }
  const one = "which" in step ? known[step.which % known.length] : undefined;
  if (one && "which" in step) {
    await change(hub, known, one, step).catch((error: unknown) => {
      // A refusal changes nothing; the judgement that follows checks that.
      if (!(error instanceof HubError) || error.code === "internal") {
        throw error;
      }
    });
  }
}

type Change = Extract<Step, { readonly which: number }>;

async function change(hub: Harness, known: Known[], one: Known, step: Change): Promise<void> {
  const { credentials } = hub.hub;
  const caller = await callerOf(hub);
  switch (step.do) {
    case "rotate": {
      const rotated = await hub.hub.rotations.rotate({ id: one.id, old: step.plan, proof: "owner" }, caller);
      // Asked again while the successor is unused, the same successor gets a new secret and keeps its scopes.
      const same = known.filter(({ id }) => id === rotated.credential.id);
      for (const former of same) {
        former.dead = true;
      }
      const narrowed = same[0]?.narrowed ?? one.narrowed;
      const secret = rotated.secret.reveal();
      known.push({ id: rotated.credential.id, secret, dead: false, frozen: false, narrowed });
      return;
    }
    case "use": {
      const verdict = await hub.hub.verdicts.verify(new Secret(one.secret));
      if (verdict.active) {
        hub.hub.uses.record(verdict.credential, { address: null, agent: null }, "gateway");
        await hub.hub.firstUses.settle();
      }
      return;
    }
    case "freeze":
      await hub.hub.freezes.freeze(one.id, { reason: null, until: null }, caller);
      setFrozen(known, one.id, true);
      return;
    case "thaw":
      await hub.hub.freezes.thaw(one.id, caller);
      setFrozen(known, one.id, false);
      return;
    case "narrow": {
      const conditions = { accepts: () => true, requireFreshLogin: () => undefined };
      const edit = { scopes: ["repository:team/*:pull"] };
      await hub.hub.edits.edit(one.id, edit, { caller, conditions });
      for (const same of known.filter(({ id }) => id === one.id)) {
        same.narrowed = true;
      }
      return;
    }
    default: {
      const credential = await credentials.find(one.id);
      if (credential) {
        await hub.hub.revocations.revoke(credential, caller, null);
      }
    }
  }
}

function setFrozen(known: readonly Known[], id: string, frozen: boolean): void {
  for (const same of known.filter((one) => one.id === id)) {
    same.frozen = frozen;
  }
}

async function judge(hub: Harness, known: readonly Known[]): Promise<void> {
  const good = new Set<string>();
  for (const one of known) {
    const verdict = await hub.hub.verdicts.verify(new Secret(one.secret));
    if (verdict.active) {
      expect(one.dead, "an end is final").toBe(false);
      expect(one.frozen, "a frozen one is refused").toBe(false);
      const push = verdict.authority.permits({ type: "repository", name: "team/a", actions: ["push"] });
      expect(push && one.narrowed, "narrowing does not widen").toBe(false);
      good.add(one.id);
    } else if (verdict.reason === "ended" || verdict.reason === "unknown") {
      one.dead = true;
    }
  }
  expect(good.size, "two generations at most").toBeLessThanOrEqual(2);
}

async function callerOf(hub: Harness) {
  const account = await hub.hub.accounts.get("ada");
  const authority = await ask(hub.hub.accounts.authorityOf(account));
  const proof = { by: "password", freshAt: hub.clock.now() } as const;
  return { account, authority, proof, origin: { address: null, agent: "test" } };
}

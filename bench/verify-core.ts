// Claim: a verdict (checksum, digest, index, end, owner, authority) costs little more than the HMAC in it.
// Run: npm run bench -- verify-core
import { createHmac } from "node:crypto";
import { allowedFrom } from "../packages/server/src/core/credential/allowed-from.ts";
import { rotationFacts } from "../packages/server/src/core/credential/rotation-plan.ts";
import type { Hub } from "../packages/server/src/core/hub.ts";
import { Secret } from "../packages/server/src/core/secret/secret.ts";
import { claim } from "./claim.ts";
import { NOBODY, type OpenHub, openHub } from "./hub.ts";
import { type Contestant, compare, costInProcess } from "./rounds.ts";
import { garbageOf, unknownSecrets } from "./secrets.ts";

const CREDENTIALS = 10_000;
const BATCH = 1_000;
const KEY = Buffer.alloc(32, 9);
/** In the middle of the list. */
const FROM = "10.25.3.4";

await claim(async (later) => {
  const plain = await openHub();
  const busy = await openHub();
  later(plain.remove);
  later(busy.remove);
  const { hub } = plain.server;
  const good = await issueMany(hub);
  const inForce = await issueMany(busy.server.hub);
  await putInForce(busy);
  // What was changed is read anew, once.
  for (const text of inForce) {
    allowedFrom(await busy.server.hub.verdicts.verify(new Secret(text)), FROM);
  }
  const unknown = unknownSecrets(CREDENTIALS);
  const garbage = garbageOf(good);
  const map = new Map(good.map((text, at) => [digestOf(text), at]));
  await compare({
    "bare HMAC-SHA-256 and a look in a Map": () => findAll(map, good),
    "verify one of 10,000 living": () => verifyAll(hub, good, true),
    "the same, each in a rotation, frozen before and locked to 50 networks": () =>
      verifyAll(busy.server.hub, inForce, true),
    "verify well-formed unknown secrets": () => verifyAll(hub, unknown, false),
    "verify garbage": () => verifyAll(hub, garbage, false),
  });
});

async function issueMany(hub: Hub): Promise<readonly string[]> {
  const owner = await hub.accounts.create({ username: "ada", role: "member" }, NOBODY);
  const issued = await Promise.all(
    Array.from({ length: CREDENTIALS }, () =>
      hub.issuance.issue(owner, { kind: "personal_token", scopes: ["*:*:*"] }, NOBODY),
    ),
  );
  return issued.map(({ secret }) => secret.reveal());
}

/** Rotations, freezes and address lists as they are in force where a fleet moves to new secrets. */
async function putInForce({ store }: OpenHub): Promise<void> {
  const now = Date.now();
  const addresses = Array.from({ length: 50 }, (_, at) => `10.${at}.0.0/16`);
  const frozen = { at: now, by: "ada", class: "owner", reason: null, until: now - 1 } as const;
  const plan = { mode: "quiet", forMs: 7_200_000, deadlineMs: 86_400_000, onDeadline: "keep" } as const;
  const page = { limit: CREDENTIALS, now };
  for (const { id } of await store.read.credentials.list(page)) {
    const facts = rotationFacts(plan, { group: id, at: now });
    const rotation = { ...facts, role: "successor", otherId: id, firstUsedAt: now } as const;
    await store.write(async (writes) => {
      await writes.credentials.change(id, { addresses, frozen, rotation });
      writes.announce({ of: "credential", id });
    });
  }
}

function findAll(map: ReadonlyMap<string, number>, texts: readonly string[]): ReturnType<Contestant> {
  const next = inTurn(texts);
  return costInProcess(() => {
    let found = 0;
    for (let count = 0; count < BATCH; count += 1) {
      found += map.get(digestOf(next())) === undefined ? 0 : 1;
    }
    expectEqual(found, BATCH);
  }, BATCH);
}

function verifyAll(hub: Hub, texts: readonly string[], active: boolean): ReturnType<Contestant> {
  const next = inTurn(texts);
  return costInProcess(async () => {
    let as = 0;
    for (let count = 0; count < BATCH; count += 1) {
      const verdict = allowedFrom(await hub.verdicts.verify(new Secret(next())), FROM);
      as += verdict.active === active ? 1 : 0;
    }
    expectEqual(as, BATCH);
  }, BATCH);
}

function digestOf(text: string): string {
  return createHmac("sha256", KEY).update(text).digest().toString("latin1");
}

/** Jumps through the list: neighbours would lie next to each other in memory. */
function inTurn(texts: readonly string[]): () => string {
  let turn = 0;
  return () => {
    turn = (turn + 7) % texts.length;
    return texts[turn] as string;
  };
}

function expectEqual(actual: number, expected: number): void {
  if (actual !== expected) {
    throw new Error(`${actual} of ${expected} were as they should be`);
  }
}

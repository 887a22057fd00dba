// Claim: a verdict (checksum, digest, index, end, owner, authority) costs little more than the HMAC in it.
// Run: npm run bench -- verify-core
import { createHmac } from "node:crypto";
import type { Hub } from "../packages/server/src/core/hub.ts";
import { Secret } from "../packages/server/src/core/secret/secret.ts";
import { claim } from "./claim.ts";
import { NOBODY, openHub } from "./hub.ts";
import { compare, ratePerSecond } from "./rounds.ts";
import { garbageOf, unknownSecrets } from "./secrets.ts";

const CREDENTIALS = 10_000;
const BATCH = 1_000;
const KEY = Buffer.alloc(32, 9);

await claim(async (later) => {
  const { server, remove } = await openHub();
  later(remove);
  const { hub } = server;
  const owner = await hub.accounts.create({ username: "ada", role: "member" }, NOBODY);
  const issued = await Promise.all(
    Array.from({ length: CREDENTIALS }, () =>
      hub.credentials.issue(owner, { kind: "personal_token" }, NOBODY),
    ),
  );
  const good = issued.map(({ secret }) => secret.reveal());
  const unknown = unknownSecrets(CREDENTIALS);
  const garbage = garbageOf(good);
  const map = new Map(good.map((text, at) => [digestOf(text), at]));
  await compare({
    "bare HMAC-SHA-256 and a look in a Map": () => findAll(map, good),
    "verify one of 10,000 living": () => verifyAll(hub, good, true),
    "verify well-formed unknown secrets": () => verifyAll(hub, unknown, false),
    "verify garbage": () => verifyAll(hub, garbage, false),
  });
});

function findAll(map: ReadonlyMap<string, number>, texts: readonly string[]): Promise<number> {
  const next = inTurn(texts);
  return ratePerSecond(() => {
    let found = 0;
    for (let count = 0; count < BATCH; count += 1) {
      found += map.get(digestOf(next())) === undefined ? 0 : 1;
    }
    expectEqual(found, BATCH);
  }, BATCH);
}

function verifyAll(hub: Hub, texts: readonly string[], active: boolean): Promise<number> {
  const next = inTurn(texts);
  return ratePerSecond(async () => {
    let as = 0;
    for (let count = 0; count < BATCH; count += 1) {
      const verdict = await hub.credentials.verify(new Secret(next()));
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

// Claim: a verdict (checksum, digest, index, end, owner, authority) costs little more than the HMAC in it.
// Run: npx tsx bench/verify-core.ts
import { createHmac } from "node:crypto";
import { drawSecret } from "../packages/server/src/core/secret/format.ts";
import { Secret } from "../packages/server/src/core/secret/secret.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";
import { NOBODY, openHub } from "./hub.ts";
import { compare, ratePerSecond } from "./rounds.ts";

const CREDENTIALS = 10_000;
const BATCH = 1_000;

const { server, remove } = await openHub();
const { hub } = server;
const owner = await hub.accounts.create({ username: "ada", role: "member" }, NOBODY);
const issued = await Promise.all(
  Array.from({ length: CREDENTIALS }, () => hub.credentials.issue(owner, { kind: "personal_token" }, NOBODY)),
);
const texts = issued.map(({ secret }) => secret.reveal());
const unknown = texts.map(() => drawSecret(systemEntropy, "mmt_").reveal());
const key = Buffer.alloc(32, 9);
const digestOf = (text: string) => createHmac("sha256", key).update(text).digest().toString("latin1");
const map = new Map(texts.map((text, at) => [digestOf(text), at]));

let turn = 0;
const next = (from: readonly string[]) => {
  turn = (turn + 7) % CREDENTIALS;
  return from[turn] as string;
};

await compare({
  "bare HMAC-SHA-256 and a look in a Map": () =>
    ratePerSecond(() => {
      let found = 0;
      for (let count = 0; count < BATCH; count += 1) {
        found += map.get(digestOf(next(texts))) === undefined ? 0 : 1;
      }
      expectEqual(found, BATCH);
    }, BATCH),
  "mintmark, verify one of 10,000 living": () => verifyAll(texts, true),
  "mintmark, verify well-formed unknown secrets": () => verifyAll(unknown, false),
  "mintmark, verify garbage": () =>
    verifyAll(
      [...texts].map((text) => `${text.slice(0, -1)}-`),
      false,
    ),
});
await remove();

function verifyAll(from: readonly string[], active: boolean): Promise<number> {
  return ratePerSecond(async () => {
    let as = 0;
    for (let count = 0; count < BATCH; count += 1) {
      const verdict = await hub.credentials.verify(new Secret(next(from)));
      as += verdict.active === active ? 1 : 0;
    }
    expectEqual(as, BATCH);
  }, BATCH);
}

function expectEqual(actual: number, expected: number): void {
  if (actual !== expected) {
    throw new Error(`${actual} of ${expected} were as they should be`);
  }
}

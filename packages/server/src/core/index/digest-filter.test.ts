import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entropy } from "../../testing/entropy.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { addManyCredentials } from "../../testing/many-credentials.ts";
import { drawSecret } from "../secret/format.ts";
import type { Digest } from "../secret/keyring.ts";
import { Secret } from "../secret/secret.ts";
import { DigestFilter } from "./digest-filter.ts";
import { KnownDigests } from "./known-digests.ts";

let hub: Harness;

beforeEach(async () => {
  hub = await createHarness();
});

afterEach(() => hub.close());

// A false "unknown" would turn a good credential away; a false "perhaps" only costs a look-up.
test("a digest that was added is never unknown, and few others seem known when it is full", () => {
  const filter = new DigestFilter(10_000);
  const added = Array.from({ length: filter.capacity }, () => randomBytes(32).toString("latin1"));
  for (const digest of added) {
    filter.add(digest);
  }
  expect(filter.isFull).toBe(true);
  expect(added.every((digest) => filter.mayHold(digest))).toBe(true);
  const alarms = Array.from({ length: 20_000 }, () => randomBytes(32).toString("latin1")).filter((digest) =>
    filter.mayHold(digest),
  );
  expect(alarms.length).toBeLessThan(100);
});

test("secrets that nobody made do not reach the database, and all that were made verify, also after a restart", async () => {
  await hub.addUser("alice");
  const made: string[] = [];
  for (let count = 0; count < 30; count += 1) {
    made.push((await hub.issue("alice", "personal_token")).secret);
  }
  const stranger = await createHarness();
  await stranger.addUser("mallory");
  const { secret: foreign } = await stranger.issue("mallory", "personal_token");
  await stranger.close();
  await hub.restart();
  await hub.context.index.digests.learn();

  const before = hub.context.index.misses;
  for (let count = 0; count < 100; count += 1) {
    expect(await hub.hub.verdicts.verify(new Secret(foreign))).toMatchObject({
      active: false,
      reason: "unknown",
    });
  }
  expect(hub.context.index.misses).toBe(before);
  for (const secret of [...made, (await hub.issue("alice", "app_token")).secret]) {
    expect(await hub.hub.verdicts.verify(new Secret(secret))).toMatchObject({ active: true });
  }
});

// The store is closed under it otherwise, and the log says that something broke when nothing did.
test("a stop ends learning, however much is left to learn", async () => {
  await hub.addUser("alice");
  await addManyCredentials(hub.context.store, await hub.hub.accounts.get("alice"), 2_500, hub.clock);
  const digests = new KnownDigests(hub.context.store);
  const learning = digests.learn();
  digests.stop();
  await learning;
  const stranger = hub.context.keyring.digest(drawSecret(entropy, "mmt_"));
  expect(digests.isUnknown(stranger)).toBe(false);
  const whole = new KnownDigests(hub.context.store);
  await whole.learn();
  expect(whole.isUnknown(stranger)).toBe(true);
});

// Its row may not be stored yet when the others are read; as unknown it would be refused until a restart.
test("a digest that is added while a larger filter takes the place of a smaller one stays known", async () => {
  const [early, late] = [drawSecret(entropy, "mmt_"), drawSecret(entropy, "mmt_")].map((secret) =>
    hub.context.keyring.digest(secret),
  ) as [Digest, Digest];
  let counted: (count: number) => void = () => undefined;
  const digests = new KnownDigests({
    isOnlyWriter: true,
    read: {
      credentials: {
        count: () =>
          new Promise((resolve) => {
            counted = resolve;
          }),
        listDigests: (after, limit) => hub.context.store.read.credentials.listDigests(after, limit),
      },
    },
  });
  digests.addBeforeInsert(early);
  const learning = digests.learn();
  digests.addBeforeInsert(late);
  counted(1_000_000);
  await learning;

  expect([early, late].map((digest) => digests.isUnknown(digest))).toEqual([false, false]);
  expect(digests.isUnknown(hub.context.keyring.digest(drawSecret(entropy, "mmt_")))).toBe(true);
});

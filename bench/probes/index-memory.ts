// What the index takes: opens a hub on a filled data directory, waits until it knows which digests exist,
// then verifies every credential once. Prints megabytes resident (10^6 bytes) after a collection before and
// after that, as a line of JSON. Run: node --expose-gc --import tsx index-memory.ts <data directory> <file of
// its secrets, one a line>
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Keyring } from "../../packages/server/src/core/secret/keyring.ts";
import { Secret } from "../../packages/server/src/core/secret/secret.ts";
import { MASTER_KEY, openHub } from "../hub.ts";
import { unknownSecrets } from "../secrets.ts";

const [, , directory = ".", list = ""] = process.argv;
const { server, remove } = await openHub({ directory, indexEntries: 10_000_000 });
const { context, hub } = server;

const [unknown = ""] = unknownSecrets(1);
const digest = Keyring.of(MASTER_KEY).digest(new Secret(unknown));
while (!context.index.digests.isUnknown(digest)) {
  await delay(50);
}
const before = residentMegabytes();
let verified = 0;
for await (const line of createInterface({ input: createReadStream(list) })) {
  const verdict = await hub.verdicts.verify(new Secret(line));
  if (!verdict.active) {
    throw new Error("an active credential was called inactive");
  }
  verified += 1;
}
if (context.index.size !== verified) {
  throw new Error(`the index holds ${context.index.size} of ${verified}`);
}
const after = residentMegabytes();
await remove();
console.log(JSON.stringify({ before, after }));

function residentMegabytes(): number {
  const collect = globalThis.gc as () => void;
  collect();
  collect();
  return process.memoryUsage.rss() / 1e6;
}

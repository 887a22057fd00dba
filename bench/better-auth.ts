// Claim: a verdict over HTTP costs a small part of what it costs in the library that teams of our language
// would take instead. Run: npm run bench -- better-auth
import { logIn } from "../e2e/server.ts";
import { claim } from "./claim.ts";
import { load } from "./load.ts";
import { makeFolder, type Peer, serveHub } from "./processes.ts";
import { serveRival } from "./rivals.ts";
import { compare } from "./rounds.ts";
import { issueSecrets } from "./secrets.ts";

interface BetterAuth extends Peer {
  readonly keys: readonly string[];
}

await claim(async (later) => {
  const inSqlite = await serveRival<BetterAuth>(later, "better-auth", ["sqlite", makeFolder(later)]);
  const inMemory = await serveRival<BetterAuth>(later, "better-auth", ["memory", makeFolder(later)]);
  const hub = await serveHub(later);
  const secrets = await issueSecrets(hub, await logIn(hub), inSqlite.keys.length, {
    kind: "personal_token",
    title: "bench",
    scopes: ["repository:team/*:pull"],
  });
  const doors = [
    { url: inSqlite.url, values: inSqlite.keys },
    { url: inMemory.url, values: inMemory.keys },
    { url: `${hub.url}/verify`, values: secrets },
  ] as const;
  for (const door of doors) {
    await expectVerdicts(door);
  }
  const [sqlite, memory, ours] = doors;
  const ask = (door: Door) => load({ ...door, headers: { authorization: "Bearer {}" } });
  await compare({
    "Better Auth, keys in SQLite": () => ask(sqlite),
    "Better Auth, keys in memory": () => ask(memory),
    "GET /verify": () => ask(ours),
  });
});

interface Door {
  readonly url: string;
  readonly values: readonly string[];
}

/** Speed counts for nothing where the answer is wrong. */
async function expectVerdicts({ url, values }: Door): Promise<void> {
  const [good = ""] = values;
  const wrong = good.slice(0, -1) + (good.endsWith("a") ? "b" : "a");
  for (const [secret, status] of [
    [good, 200],
    [wrong, 401],
  ] as const) {
    const reply = await fetch(url, { headers: { authorization: `Bearer ${secret}` } });
    if (reply.status !== status) {
      throw new Error(`${url} answered ${reply.status} in place of ${status}`);
    }
  }
}

import { Webhook as Verifier } from "standardwebhooks";
import { afterEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { addManyCredentials } from "../../testing/many-credentials.ts";
import { Receiver } from "../../testing/receiver.ts";
import { chooseStore, type StoreChoice, type StoreName } from "../../testing/stores.ts";
import { anonymousCaller } from "../caller.ts";

const NOBODY = anonymousCaller({ address: null, agent: null });
const RETRY_MS = 1_000;
const SLOW_MS = 40;
const ROUNDS_MAX = 60;
const TIMEOUT_MS = 240_000;

/**
 * On PostgreSQL each delivery waits for the network and the disk, so the suite sends fewer. The variable sets
 * the number for both stores: `MANY_EVENTS=10000 npx vitest run --project unit many-events`.
 */
const CHOSEN = Number(process.env["MANY_EVENTS"] ?? 0);
const COUNTS: readonly (readonly [StoreName, number])[] = [
  ["SQLite", CHOSEN || 10_000],
  ["PostgreSQL", CHOSEN || 1_500],
];

describe.each(COUNTS)("on %s, %i events", (storeName, count) => {
  let store: StoreChoice;
  let hub: Harness;
  let receiver: Receiver;
  /** Nobody may follow a redirect to it. */
  let elsewhere: Receiver;

  afterEach(async () => {
    await hub?.close();
    await Promise.all([receiver?.kill(), elsewhere?.kill()]);
    await store?.remove();
  });

  /** Takes two of three messages; some slowly, some only after a redirect, and dies in the middle. */
  function misbehave(taken: (body: string, headers: Record<string, string>) => void): void {
    let seen = 0;
    let hasDied = false;
    receiver.answer = ({ body, headers }, response) => {
      seen += 1;
      if (!hasDied && seen > count / 3) {
        hasDied = true;
        receiver.kill().then(() => receiver.listen());
        return;
      }
      if (seen % 3 === 0) {
        response.writeHead(seen % 2 === 0 ? 503 : 500).end();
      } else if (seen % 101 === 0) {
        response.writeHead(307, { location: elsewhere.url }).end();
      } else {
        taken(body, headers as Record<string, string>);
        setTimeout(() => response.writeHead(204).end(), seen % 50 === 0 ? SLOW_MS : 0);
      }
    };
  }

  test(
    "arrive each at least once, signed, under one id, at a receiver that fails, stalls, redirects and dies",
    async () => {
      store = await chooseStore(storeName);
      [receiver, elsewhere] = await Promise.all([Receiver.open(), Receiver.open()]);
      const deliveryRetriesMs = Array<number>(ROUNDS_MAX).fill(RETRY_MS);
      hub = await createHarness({ openStore: store.openStore, policy: { deliveryRetriesMs } });
      // Receivers compare the time of a message with their own clock.
      hub.clock.advance({ ms: Date.now() - hub.clock.now() });
      await hub.addUser("ada");
      const ada = await hub.hub.accounts.get("ada");
      await addManyCredentials(hub.context.store, ada, count, hub.clock);
      const request = { url: receiver.url, events: ["credential.revoked"] };
      const { secret } = await hub.hub.webhooks.create(request, NOBODY);
      const verifier = new Verifier(secret.reveal());
      const idsBySeq = new Map<number, Set<string>>();
      misbehave((body, headers) => {
        const { data } = verifier.verify(body, headers) as { data: { seq: number } };
        idsBySeq.set(data.seq, (idsBySeq.get(data.seq) ?? new Set()).add(headers["webhook-id"] ?? ""));
      });

      await hub.hub.revocations.revokeAll(ada, { kind: undefined, note: null }, NOBODY);
      for (let round = 0; round < ROUNDS_MAX && idsBySeq.size < count; round += 1) {
        await hub.hub.jobs.run("tell-webhooks");
        await hub.hub.jobs.run("deliver-webhooks");
        hub.clock.advance({ ms: RETRY_MS });
      }

      expect(idsBySeq.size).toBe(count);
      expect([...idsBySeq.values()].filter((ids) => ids.size !== 1)).toEqual([]);
      expect(new Set([...idsBySeq.values()].flatMap((ids) => [...ids])).size).toBe(count);
      expect(receiver.received.length).toBeGreaterThan(count);
      expect(elsewhere.received).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

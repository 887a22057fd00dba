import { afterEach, describe, expect, test } from "vitest";
import { STORES } from "../packages/server/src/testing/stores.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";
import { openStore, type StoreEnvironment } from "./store-environment.ts";

const ROUNDS = 20;
const WRITERS = 4;
const TIMEOUT_MS = 300_000;

interface Acknowledged {
  readonly issued: Map<string, string>;
  /** Their revocation was asked for, and may have become durable without its answer having been heard. */
  readonly doomed: Set<string>;
  readonly revoked: Set<string>;
}

/**
 * `kill -9` while people create and revoke credentials: every change that was acknowledged must still hold
 * after the next start.
 */
describe.each(STORES)("a server on %s that is killed in the middle of writes", (storeName) => {
  let server: RunningServer | undefined;
  let store: StoreEnvironment | undefined;

  afterEach(async () => {
    await server?.stop("SIGKILL");
    server?.remove();
    await store?.remove();
  });

  test(
    `has lost no credential and no revocation that it acknowledged, ${ROUNDS} times over`,
    async () => {
      store = await openStore(storeName);
      const { env } = store;
      const all: Acknowledged = { issued: new Map(), doomed: new Set(), revoked: new Set() };
      for (let round = 0; round < ROUNDS; round += 1) {
        server = await startServer(server ? { env, dataDir: server.dataDir } : { env });
        const running = server;
        const bearer = await logIn(running);
        const writers = Array.from({ length: WRITERS }, () => writeUntilDead(running, bearer, all));
        await untilSome(all, { issued: all.issued.size + WRITERS, revoked: all.revoked.size + 1 });
        await new Promise((resolve) => setTimeout(resolve, round * 12));
        await running.stop("SIGKILL");
        await Promise.all(writers);
      }
      server = await startServer(server ? { env, dataDir: server.dataDir } : { env });

      await expectKept(server, all);
    },
    TIMEOUT_MS,
  );
});

/**
 * A slow machine must not make the test look at nothing. On PostgreSQL a revocation waits a second for the
 * node that was killed the round before, which is still on record.
 */
async function untilSome(
  all: Acknowledged,
  awaited: { readonly issued: number; readonly revoked: number },
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((all.issued.size < awaited.issued || all.revoked.size < awaited.revoked) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function writeUntilDead(server: RunningServer, bearer: string, all: Acknowledged): Promise<void> {
  for (let count = 0; ; count += 1) {
    try {
      const body = { kind: "personal_token", title: `n${count}`, scopes: ["*:*:*"] };
      const made = await api<{ secret: string; credential: { id: string } }>(server, "POST", "/credentials", {
        bearer,
        body,
      });
      all.issued.set(made.credential.id, made.secret);
      if (count % 3 === 0) {
        all.doomed.add(made.credential.id);
        await api(server, "DELETE", `/credentials/${made.credential.id}`, { bearer });
        all.revoked.add(made.credential.id);
      }
    } catch {
      // The server is gone: nothing after this was acknowledged.
      return;
    }
  }
}

async function expectKept(server: RunningServer, { issued, doomed, revoked }: Acknowledged): Promise<void> {
  expect(issued.size).toBeGreaterThan(ROUNDS);
  expect(revoked.size).toBeGreaterThan(ROUNDS / 2);
  const wrong: string[] = [];
  for (const [id, secret] of issued) {
    const { status } = await fetch(`${server.url}/api/mintmark/v1/session`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    const right = revoked.has(id) ? [401] : doomed.has(id) ? [200, 401] : [200];
    if (!right.includes(status)) {
      wrong.push(`${id}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
  await expectIssued(server, [...issued.keys()]);
}

/** Every acknowledged credential is in the list, and the audit's chain has neither gap nor break. */
async function expectIssued(server: RunningServer, ids: readonly string[]): Promise<void> {
  const bearer = await logIn(server);
  const listed = new Set<string>();
  for (let cursor = ""; ; ) {
    const page = await api<{ credentials: { id: string }[]; nextCursor: string | null }>(
      server,
      "GET",
      `/credentials?limit=200${cursor}`,
      { bearer },
    );
    for (const { id } of page.credentials) {
      listed.add(id);
    }
    if (page.nextCursor === null) {
      break;
    }
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(ids.filter((id) => !listed.has(id))).toEqual([]);
  let above: Event | undefined;
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: { events: Event[]; nextCursor: string | null } = await api(
      server,
      "GET",
      `/audit?limit=200${cursor === "" ? "" : `&cursor=${cursor}`}`,
      { bearer },
    );
    for (const event of page.events) {
      if (above) {
        expect([event.seq + 1, event.hash]).toEqual([above.seq, above.previousHash]);
      }
      above = event;
    }
    cursor = page.nextCursor;
  }
  expect(above?.seq).toBe(1);
}

interface Event {
  readonly seq: number;
  readonly hash: string;
  readonly previousHash: string;
}

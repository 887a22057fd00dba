import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { STORES } from "../packages/server/src/testing/stores.ts";
import { eventually } from "./eventually.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";
import { openStore, type StoreEnvironment } from "./store-environment.ts";

/** When the server is killed, counted from the request: before, at and behind its commit. */
const KILLED_AFTER_MS = [0, 5, 15, 50, 200, 800];
const TIMEOUT_MS = 240_000;

interface Rotated {
  readonly credential: { readonly id: string };
  readonly secret: string;
}

/**
 * The caller of a rotation whose server was killed does not know whether the rotation took place. Asking
 * again must repair it in both cases.
 */
describe.each(STORES)("a rotation on %s whose server is killed before it answers", (storeName) => {
  let server: RunningServer | undefined;
  let store: StoreEnvironment | undefined;

  afterEach(async () => {
    await server?.stop("SIGKILL");
    server?.remove();
    await store?.remove();
  });

  test(
    "is repaired by asking again: one successor, one living secret, and no outage of the old one",
    async () => {
      store = await openStore(storeName);
      const { env } = store;
      let committed = 0;
      for (const killedAfterMs of KILLED_AFTER_MS) {
        server = await startServer(server ? { env, dataDir: server.dataDir } : { env });
        const old = await api<Rotated>(server, "POST", "/credentials", {
          bearer: await logIn(server),
          body: { kind: "personal_token", title: `killed after ${killedAfterMs} ms`, scopes: ["*:*:*"] },
        });
        const heard = await rotateAndKill(server, old.credential.id, killedAfterMs);
        server = await startServer({ env, dataDir: server.dataDir });
        committed += (await rotationsOf(server, old.credential.id)) > 0 ? 1 : 0;

        expect(await verify(server, old.secret)).toBe(200);
        const again = await rotate(server, old.credential.id);
        expect(heard === null || heard.credential.id === again.credential.id).toBe(true);
        if (heard) {
          expect(await verify(server, heard.secret)).toBe(401);
        }
        await expectCutOver(server, old.secret, again.secret);
        await server.stop();
      }
      expect(committed).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  const rotate = async (running: RunningServer, id: string): Promise<Rotated> =>
    api(running, "POST", `/credentials/${id}/rotate`, { bearer: await logIn(running), body: {} });

  /** The answer, if the client heard it after all. */
  async function rotateAndKill(running: RunningServer, id: string, afterMs: number): Promise<Rotated | null> {
    const bearer = await logIn(running);
    const asked = api<Rotated>(running, "POST", `/credentials/${id}/rotate`, { bearer, body: {} }).catch(
      () => null,
    );
    await delay(afterMs);
    await running.stop("SIGKILL");
    return asked;
  }

  async function rotationsOf(running: RunningServer, oldId: string): Promise<number> {
    const bearer = await logIn(running);
    const found = await api<{ events: { details: { predecessor?: string } }[] }>(
      running,
      "GET",
      "/audit?action=credential.rotate&limit=50",
      { bearer },
    );
    return found.events.filter(({ details }) => details.predecessor === oldId).length;
  }

  async function verify(running: RunningServer, secret: string): Promise<number> {
    const headers = { authorization: `Bearer ${secret}` };
    return (await fetch(`${running.url}/verify`, { headers })).status;
  }

  /** The old secret is good until the new one is used, and ends then. */
  async function expectCutOver(running: RunningServer, old: string, fresh: string): Promise<void> {
    expect(await verify(running, old)).toBe(200);
    expect(await verify(running, fresh)).toBe(200);
    await eventually(async () => ((await verify(running, old)) === 401 ? true : null));
    expect(await verify(running, fresh)).toBe(200);
  }
});

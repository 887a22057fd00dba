import { Compile } from "typebox/compile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { Listeners } from "../../testing/listeners.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";
import { ReceiptAnswer } from "./wire.ts";

const CREDENTIALS = "/api/mintmark/v1/credentials";
const PREFER = "return=representation";
const isReceipt = Compile(ReceiptAnswer);
const nobody = anonymousCaller({ address: null, agent: "test" });

describe.each(STORES)("a revocation's receipt, on %s,", (storeName) => {
  let store: StoreChoice;
  let hub: Harness;
  let ada: string;

  beforeAll(async () => {
    store = await chooseStore(storeName);
    hub = await createHarness({ openStore: store.openStore });
    await hub.addUser("ada");
    ada = await hub.logIn("ada");
  });

  afterAll(async () => {
    await hub.close();
    await store.remove();
  });

  const end = (id: string, prefer?: string) =>
    hub.call({
      method: "DELETE",
      url: `${CREDENTIALS}/${id}`,
      bearer: ada,
      headers: prefer === undefined ? {} : { prefer },
    });
  const give = (url: string, token: string, prefer?: string) =>
    hub.call({ method: "POST", url, form: { token }, headers: prefer === undefined ? {} : { prefer } });

  test("is a header on the 204 that has no body", async () => {
    const { id } = await hub.issue("ada", "app_token");

    const reply = await end(id);

    expect([reply.statusCode, reply.body, reply.headers["x-mintmark-applied"]]).toEqual([204, "", "1/1"]);
    expect(reply.headers["preference-applied"]).toBeUndefined();
  });

  test("is told in full to a client that prefers that, as the API's description has it", async () => {
    const { id } = await hub.issue("ada", "app_token");

    const reply = await end(id, PREFER);

    expect([reply.statusCode, reply.headers["x-mintmark-applied"]]).toEqual([200, "1/1"]);
    expect(reply.headers["preference-applied"]).toBe("return=representation");
    expect(reply.headers["content-type"]).toContain("application/json");
    const answer = reply.json();
    expect(isReceipt.Check(answer)).toBe(true);
    expect(answer).toEqual({
      receipt: {
        complete: true,
        asked: true,
        boundMs: 1000,
        nodes: [
          {
            id: expect.stringMatching(/^[0-9a-f]{16}$/),
            name: expect.stringMatching(/^.+:\d+$/),
            applied: true,
            appliedAt: "2025-01-08T12:00:00.000Z",
            ms: 0,
            lastSeenAt: expect.stringMatching(/^2025-01-08T1/),
          },
        ],
      },
    });
  });

  test.each([
    ["RETURN = Representation", 200],
    ["respond-async, return=representation; foo=bar", 200],
    ['return="representation"', 200],
    ["return=minimal, return=representation", 204],
    ["return=minimal", 204],
    ["return-representation", 204],
    ["", 204],
  ])("by the preference %j is answered with %i", async (prefer, status) => {
    const { id } = await hub.issue("ada", "app_token");

    expect((await end(id, prefer)).statusCode).toBe(status);
  });

  test("is given again for what has ended before, and not for what is not there", async () => {
    const { id } = await hub.issue("ada", "app_token");
    await end(id);

    const again = await end(id);
    const never = await end("01900000-0000-7000-8000-000000000000", PREFER);

    expect([again.statusCode, again.headers["x-mintmark-applied"]]).toEqual([204, "1/1"]);
    expect([never.statusCode, never.headers["x-mintmark-applied"]]).toEqual([404, undefined]);
  });

  describe.each([["/oauth/revoke"], ["/auth/realms/redhat-external/protocol/openid-connect/revoke"]])(
    "from %s",
    (url) => {
      test("comes with the 200, whose body is empty unless it is asked for", async () => {
        const { secret } = await hub.issue("ada", "offline_token");
        const { secret: other } = await hub.issue("ada", "offline_token");

        const plain = await give(url, secret);
        const full = await give(url, other, PREFER);
        const again = await give(url, other);

        expect([plain.statusCode, plain.body, plain.headers["x-mintmark-applied"]]).toEqual([200, "", "1/1"]);
        expect([full.statusCode, full.headers["preference-applied"]]).toEqual([200, PREFER]);
        expect(full.json().receipt).toMatchObject({ complete: true, nodes: [{ applied: true, ms: 0 }] });
        expect([again.statusCode, again.body, again.headers["x-mintmark-applied"]]).toEqual([200, "", "1/1"]);
        for (const { headers } of [plain, full, again]) {
          expect(headers.pragma).toBe("no-cache");
        }
      });

      // The caller need not be anybody here: a secret found somewhere opens no list of our machines.
      test("names no machine", async () => {
        const { secret } = await hub.issue("ada", "offline_token");

        const reply = await give(url, secret, PREFER);

        expect(reply.body).not.toContain("name");
      });

      test("is not there where nothing was known that could end", async () => {
        for (const token of ["x", "mmo_nothing", await bearerOf()]) {
          const reply = await give(url, token, PREFER);

          expect([reply.statusCode, reply.body, reply.headers["x-mintmark-applied"]]).toEqual([
            200,
            "",
            undefined,
          ]);
        }
      });
    },
  );

  async function bearerOf(): Promise<string> {
    const { secret } = await hub.issue("ada", "offline_token");
    const form = { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret };
    const url = "/auth/realms/redhat-external/protocol/openid-connect/token";
    return (await hub.call({ method: "POST", url, form })).json().access_token;
  }
});

describe("a receipt of two nodes", () => {
  let store: StoreChoice;
  let here: Harness;
  let there: Harness;
  let thereListens: readonly number[];

  beforeAll(async () => {
    store = await chooseStore("PostgreSQL");
    here = await createHarness({ openStore: store.openStore });
    const before = (await store.listeners?.pids()) ?? [];
    there = await createHarness({ openStore: store.openStore });
    thereListens = ((await store.listeners?.pids()) ?? []).filter((pid) => !before.includes(pid));
    await here.addUser("ada");
  });

  afterAll(async () => {
    await here.close();
    await there.close();
    await store.remove();
  });

  const ask = async (node: Harness, secret: string) =>
    (await node.call({ url: "/verify", bearer: secret })).statusCode;
  const give = (node: Harness, token: string) =>
    node.call({ method: "POST", url: "/oauth/revoke", form: { token } });

  test("counts both, and neither accepts what it is about", async () => {
    const { secret } = await here.issue("ada", "personal_token");
    expect([await ask(here, secret), await ask(there, secret)]).toEqual([200, 200]);

    const reply = await give(here, secret);

    expect([await ask(here, secret), await ask(there, secret)]).toEqual([401, 401]);
    expect(reply.headers["x-mintmark-applied"]).toBe("2/2");
  });

  // A node that is behind finds in the database that there is nothing left to end: it must not go on
  // accepting from memory. Repeated, since a busy machine may let it be behind for so long that it trusts
  // nothing anyway.
  test("holds for the node that was told second and has not heard of the first", {
    retry: 5,
  }, async (context) => {
    if (store.ownsServer !== true) {
      context.skip("the database is not ours to freeze");
    }
    const { secret, id } = await here.issue("ada", "personal_token");
    const credential = (await here.hub.credentials.find(id)) as Credential;
    expect(await ask(there, secret)).toBe(200);
    const thaw = Listeners.freeze(thereListens);
    await here.hub.revocations.revoke(credential, nobody, null);
    const behind = await ask(there, secret);
    const ended = await there.hub.revocations.revoke(credential, nobody, null);
    const afterwards = await ask(there, secret);
    thaw();

    expect([behind, ended, afterwards]).toEqual([200, false, 401]);
  });
});

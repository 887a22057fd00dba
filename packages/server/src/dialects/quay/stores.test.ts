import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";

const TOKENS = "/api/v1/user/apptoken";

describe.each(STORES)("on %s", (name) => {
  let store: StoreChoice;
  let harness: Harness;

  beforeAll(async () => {
    store = await chooseStore(name);
    const { openStore } = store;
    harness = await createHarness({
      ...(openStore ? { openStore } : {}),
      policy: { appTokenReveal: "always", appTokenExpirationMs: 3_600_000 },
    });
    await harness.addUser("ada");
  }, 60_000);

  afterAll(async () => {
    await harness?.close();
    await store?.remove();
  });

  it("a token is made, listed, read again, used at the registry and revoked", async () => {
    const bearer = await harness.logIn("ada");
    const made = await harness.call({ method: "POST", url: TOKENS, bearer, json: { title: "x" } });
    const { uuid, token_code: code } = made.json().token;
    expect((await harness.call({ url: TOKENS, bearer })).json().tokens).toMatchObject([{ uuid }]);
    const url = `${TOKENS}/${uuid}`;
    expect((await harness.call({ url, bearer })).json().token.token_code).toBe(code);
    const logIn = () =>
      harness.call({
        url: "/v2/auth?service=mintmark-registry&scope=repository:ada/app:pull",
        headers: { authorization: `Basic ${Buffer.from(`$app:${code}`).toString("base64")}` },
      });
    expect((await logIn()).statusCode).toBe(200);
    expect((await harness.call({ method: "DELETE", url, bearer })).statusCode).toBe(204);
    expect((await logIn()).statusCode).toBe(401);
    expect((await harness.call({ url: TOKENS, bearer })).json().tokens).toEqual([]);
  });

  it("an expired token is listed until it is deleted", async () => {
    const bearer = await harness.logIn("ada");
    const { id } = await harness.issue("ada", "app_token");
    harness.clock.advance({ hours: 2 });
    expect((await harness.call({ url: TOKENS, bearer })).json().tokens).toMatchObject([{ uuid: id }]);
    const url = `${TOKENS}/${id}`;
    expect((await harness.call({ method: "DELETE", url, bearer })).statusCode).toBe(204);
    expect((await harness.call({ url: TOKENS, bearer })).json().tokens).toEqual([]);
  });
});

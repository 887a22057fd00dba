import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PASSWORD } from "../../testing/harness.ts";
import { STORES } from "../../testing/stores.ts";
import { basic, claimsOf, INSTANCES, KEY, WHO, ZenHub, zenApiKey } from "../../testing/zen-hub.ts";

describe.each([...STORES])("on %s", (name) => {
  let zen: ZenHub;

  beforeAll(async () => {
    zen = await ZenHub.open(name);
  }, 60_000);

  afterAll(() => zen?.close());

  describe("an instance key", () => {
    test("is one for each user and instance, and reaches that instance alone", async () => {
      const { username, bearer } = await zen.someone({ grants: ["instance:sales:use", "instance:hr:use"] });
      const make = async (id: string) =>
        (await zen.harness.call({ method: "POST", url: `${INSTANCES}/${id}/api_key`, bearer })).json().apiKey;
      const first = await make("sales");
      const hr = await make("hr");
      const second = await make("sales");

      const token = (key: string, id: string) =>
        zen.harness.call({ url: `${INSTANCES}/${id}/token`, headers: basic(username, key) });
      expect(second).toMatch(/^mmi_/);
      expect((await token(first, "sales")).statusCode).toBe(401);
      expect((await token(hr, "hr")).statusCode).toBe(200);
      expect((await token(second, "hr")).statusCode).toBe(404);
      const reply = await token(second, "sales");
      expect(reply.json()).toEqual({
        _messageCode_: "success",
        message: "Success in getting instance token",
        data: { token: expect.any(String) },
      });
      expect(claimsOf(reply.json().data.token)).toMatchObject({
        instance_id: "sales",
        username,
        mm_scope: "instance:sales:use",
      });
    });

    test("and its bearer open no other door", async () => {
      const { username, bearer } = await zen.someone({
        grants: ["instance:sales:use", "collection:acme.*:upload"],
      });
      const { apiKey } = (
        await zen.harness.call({ method: "POST", url: `${INSTANCES}/sales/api_key`, bearer })
      ).json();
      const { data } = (
        await zen.harness.call({ url: `${INSTANCES}/sales/token`, headers: basic(username, apiKey) })
      ).json();
      for (const headers of [zenApiKey(username, apiKey), { authorization: `Bearer ${data.token}` }]) {
        for (const url of [KEY, WHO, INSTANCES, "/api/mintmark/v1/credentials", "/api/v1/user/apptoken"]) {
          expect([url, await zen.statusAs(headers, url)]).toEqual([url, 401]);
        }
        expect([401, 403]).toContain(await zen.statusAs(headers, "/api/galaxy/v3/collections/"));
        expect(await zen.statusAs(headers, "/verify?scope=instance:sales:use")).toBe(200);
        expect(await zen.statusAs(headers, "/verify?scope=instance:hr:use")).toBe(403);
      }
    });

    test("needs the grant, and an instance that is unknown answers like one not granted", async () => {
      const { bearer, username } = await zen.someone({ grants: ["instance:sales:use"] });
      for (const id of ["hr", "nothing"]) {
        for (const method of ["POST", "DELETE"] as const) {
          const reply = await zen.harness.call({ method, url: `${INSTANCES}/${id}/api_key`, bearer });
          expect(reply.statusCode).toBe(404);
        }
        expect((await zen.harness.call({ url: `${INSTANCES}/${id}/token`, bearer })).statusCode).toBe(404);
      }
      expect(
        (await zen.harness.call({ method: "DELETE", url: `${INSTANCES}/sales/api_key`, bearer })).statusCode,
      ).toBe(204);
      const { secret } = await zen.harness.issue(username, "instance_key", { instance: "sales" });
      await zen.harness.call({ method: "DELETE", url: `${INSTANCES}/sales/api_key`, bearer });
      expect(await zen.statusAs(basic(username, secret), `${INSTANCES}/sales/token`)).toBe(401);
    });

    test("can be ended when the grant has gone, and its bearer can no longer do anything", async () => {
      const { bearer, username } = await zen.someone({ grants: ["instance:sales:use"] });
      const url = `${INSTANCES}/sales`;
      const { apiKey } = (await zen.harness.call({ method: "POST", url: `${url}/api_key`, bearer })).json();
      const { data } = (
        await zen.harness.call({ url: `${url}/token`, headers: basic(username, apiKey) })
      ).json();
      const root = await zen.harness.logIn("root");
      const grants = `/api/mintmark/v1/users/${username}/grants`;
      await zen.harness.call({ method: "PUT", url: grants, bearer: root, json: { grants: [] } });

      expect(
        await zen.statusAs({ authorization: `Bearer ${data.token}` }, "/verify?scope=instance:sales:use"),
      ).toBe(403);
      expect((await zen.harness.call({ method: "DELETE", url: `${url}/api_key`, bearer })).statusCode).toBe(
        204,
      );
      expect(await zen.statusAs({ authorization: `Bearer ${data.token}` }, "/verify")).toBe(401);
    });
  });

  describe("an instance token", () => {
    test("comes for a platform key, its bearer and a log-in, and outlives none of them", async () => {
      const { username, bearer } = await zen.someone({ grants: ["instance:sales:use"] });
      const key = await zen.makeKey(bearer);
      const { token: byKey } = (await zen.authorize({ username, api_key: key })).json();
      const url = `${INSTANCES}/sales/token`;

      for (const headers of [basic(username, key), { authorization: `Bearer ${byKey}` }]) {
        const { data } = (await zen.harness.call({ url, headers })).json();
        expect(await zen.statusAs({ authorization: `Bearer ${data.token}` }, "/verify")).toBe(200);
      }
      const { token: byPassword } = (await zen.authorize({ username, password: PASSWORD })).json();
      zen.harness.clock.advance({ minutes: 5 });
      for (const loggedIn of [byPassword, bearer]) {
        const { data } = (await zen.harness.call({ url, bearer: loggedIn })).json();
        expect(claimsOf(data.token).exp).toBe(Math.floor(zen.harness.clock.now() / 1000) + 43_200 - 300);
      }
    });
  });

  describe("the list of instances", () => {
    test("shows in IBM's shape what the caller may use, however much is asked for", async () => {
      const { bearer } = await zen.someone({ grants: ["instance:sales:use"] });
      const list = (query = "") => zen.harness.call({ url: `${INSTANCES}${query}`, bearer });

      for (const query of [
        "",
        "?fetch_all_instances=true",
        "?addon_type=spark",
        "?display_name=The%20sales%20data",
      ]) {
        expect((await list(query)).json()).toMatchObject({
          service_instances: [{ id: "sales", display_name: "The sales data" }],
          total_count: 1,
        });
      }
      expect((await list("?display_name=The%20hr%20data")).json()).toMatchObject({
        service_instances: [],
        total_count: 0,
      });
      const root = await zen.harness.logIn("root");
      expect((await zen.harness.call({ url: INSTANCES, bearer: root })).json().total_count).toBe(2);
    });
  });
});

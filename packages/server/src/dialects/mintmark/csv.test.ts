import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

describe("lists as CSV", () => {
  let hub: Harness;
  let bearer: string;

  beforeEach(async () => {
    hub = await createHarness();
    await hub.addUser("root", { role: "admin" });
    await hub.addUser("ada");
    bearer = await hub.logIn("root");
  });

  afterEach(() => hub.close());

  const csv = (url: string) =>
    hub.call({ url: `/api/mintmark/v1${url}`, bearer, headers: { accept: "text/csv" } });

  test("hold every row of the filter, whatever limit and cursor say, and the columns of the JSON", async () => {
    for (let count = 0; count < 205; count += 1) {
      await hub.issue("ada", "personal_token", { title: `=${count}` });
    }
    await hub.issue("root", "personal_token");
    const json = await hub.call({ url: "/api/mintmark/v1/credentials?owner=ada&limit=1", bearer });
    const [first] = (json.json() as { credentials: object[] }).credentials;
    const answer = await csv("/credentials?owner=ada&limit=1&cursor=nonsense");

    const [header, ...rows] = answer.body.trimEnd().split("\r\n");
    expect(answer.headers["content-type"]).toMatch(/^text\/csv/);
    expect(header?.split(",")).toEqual(Object.keys(first ?? {}));
    expect(rows).toHaveLength(205);
    expect(rows.every((row) => /,'=\d+,/.test(row))).toBe(true);
  });

  test("of the audit log hold every event of the filter", async () => {
    for (let count = 0; count < 203; count += 1) {
      await hub.issue("ada", "personal_token");
    }
    const answer = await csv("/audit?action=credential.issue");

    const [header, ...rows] = answer.body.trimEnd().split("\r\n");
    expect(header).toBe("seq,at,actor,action,owner,credentialId,details,address,agent,hash,previousHash");
    expect(rows).toHaveLength(203);
  });

  test("are refused as the list is, as problem details", async () => {
    const member = await hub.logIn("ada");
    const answer = await hub.call({
      url: "/api/mintmark/v1/audit",
      bearer: member,
      headers: { accept: "text/csv" },
    });
    expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: "forbidden" }]);
  });
});

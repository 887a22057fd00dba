import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { blot } from "../../http/logging.ts";
import { createHarness, type Harness, type HarnessOptions, PASSWORD } from "../../testing/harness.ts";
import { type Answer, AUTH, accessOf, basic, repository, SERVICE } from "../../testing/registry-answers.ts";

const NOBODY = anonymousCaller({ address: null, agent: null });

let harness: Harness;
let app: string;

async function open(policy: HarnessOptions["policy"] = {}): Promise<void> {
  harness = await createHarness({ policy });
  await harness.addUser("ada");
  app = (await harness.issue("ada", "app_token")).secret;
}

beforeEach(() => open());
afterEach(() => harness.close());

function get(query: string, headers: Record<string, string> = basic("$app", app)) {
  return harness.call({ url: `${AUTH}?service=${SERVICE}${query}`, headers });
}

function post(form: Record<string, string>) {
  return harness.call({ method: "POST", url: AUTH, form });
}

describe("what a client keeps instead of the token", () => {
  async function keep(headers = basic("$app", app)): Promise<string | undefined> {
    return (await get("&offline_token=true&client_id=docker", headers)).json<Answer>().refresh_token;
  }

  function refresh(kept: string, scope = "repository:ada/app:pull", service = SERVICE) {
    return post({ grant_type: "refresh_token", refresh_token: kept, service, client_id: "docker", scope });
  }

  it("is not the token itself, opens nothing else, and is good for what the token is good for", async () => {
    const kept = (await keep()) ?? "";
    expect(kept).toMatch(/^mmr_[0-9a-f]{96}$/);
    expect(kept).not.toContain(app.slice(4));
    const reply = await refresh(kept);
    expect(reply.statusCode).toBe(200);
    expect(reply.json<Answer>().refresh_token).toBe(kept);
    expect(accessOf(reply)).toEqual([repository("ada/app", "pull")]);
    // By GET it is the password of programs that read docker's file and know no refresh grant.
    for (const [user, status] of [
      ["$app", 200],
      ["<token>", 200],
      ["ada", 401],
      ["$oauthtoken", 401],
    ] as const) {
      expect((await get("", basic(user, kept))).statusCode, user).toBe(status);
    }
    expect((await harness.call({ url: "/api/v1/user/apptoken", bearer: kept })).statusCode).toBe(401);
  });

  it("is blotted out of logs whole, its end included", async () => {
    const kept = (await keep()) ?? "";
    expect(blot(`/v2/auth/${kept}/x`)).toBe("/v2/auth/[secret]/x");
  });

  it("comes by POST with access_type=offline as well, and only when asked for", async () => {
    const form = { grant_type: "password", username: "$app", password: app, service: SERVICE };
    expect((await post({ ...form, access_type: "offline" })).json<Answer>().refresh_token).toBe(await keep());
    expect((await post(form)).json()).not.toHaveProperty("refresh_token");
    expect((await get("&offline_token=false")).json()).not.toHaveProperty("refresh_token");
  });

  it("is not given for a password, since nothing would end it", async () => {
    expect(await keep(basic("ada", PASSWORD))).toBeUndefined();
    expect(await keep({})).toBeUndefined();
  });

  // A kept identitytoken in an old config.json must be worth nothing once its token has been revoked.
  it("ends with its token, at once", async () => {
    const owner = await harness.hub.accounts.get("ada");
    const { id, secret } = await harness.issue("ada", "app_token");
    const kept = (await keep(basic("$app", secret))) ?? "";
    const credential = await harness.hub.credentials.ofOwner(owner, id);
    await harness.hub.revocations.revoke(credential, NOBODY, null);
    const reply = await refresh(kept);
    expect([reply.statusCode, reply.json().error]).toEqual([400, "invalid_grant"]);
    expect(reply.json().errors[0].message).toContain("was revoked");
  });

  it("is good at one registry only, and survives a restart", async () => {
    await harness.close();
    await open({ registryServices: ["one.example.com", "two.example.com"] });
    const query = `${AUTH}?service=one.example.com&offline_token=true`;
    const kept =
      (await harness.call({ url: query, headers: basic("$app", app) })).json<Answer>().refresh_token ?? "";
    expect((await refresh(kept, "", "two.example.com")).statusCode).toBe(400);
    await harness.restart();
    expect((await refresh(kept, "", "one.example.com")).statusCode).toBe(200);
  });

  it("cannot be made up from the id of a token", async () => {
    const kept = (await keep()) ?? "";
    for (const at of [4, 20, 40, 70, 99]) {
      const forged = kept.slice(0, at) + (kept[at] === "0" ? "1" : "0") + kept.slice(at + 1);
      expect((await refresh(forged)).statusCode, String(at)).toBe(400);
    }
  });
});

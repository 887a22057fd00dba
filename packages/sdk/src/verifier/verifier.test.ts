import { describe, expect, test } from "vitest";
import { drawSecret } from "../../../server/src/core/secret/format.ts";
import { entropy } from "../../../server/src/testing/entropy.ts";
import { MintmarkError } from "../error.ts";
import { createVerifier, type VerifierOptions } from "./verifier.ts";

type Mark = Parameters<typeof drawSecret>[1];

const draw = (mark: Mark = "mmt_") => drawSecret(entropy, mark).reveal();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const CLIENT = { clientId: "reports", clientSecret: "a secret: of + the client" };
const ACTIVE = {
  active: true,
  scope: "service:reports:read repository:ada/*:*",
  sub: "0190",
  username: "ada",
  client_id: "mintmark",
  token_type: "Bearer",
  kind: "personal_token",
};

/** A hub at the other end of `fetch`, and what it was asked. */
function hub(answer: unknown | ((token: string) => unknown) = ACTIVE, status = 200) {
  const asked: { url: string; headers: Headers; body: string }[] = [];
  const fetch: VerifierOptions["fetch"] = async (url, init) => {
    const body = String(init?.body);
    asked.push({ url: String(url), headers: new Headers(init?.headers), body });
    const token = new URLSearchParams(body).get("token") ?? "";
    return Response.json(typeof answer === "function" ? answer(token) : answer, { status });
  };
  return { asked, fetch };
}

const open = (fetch: VerifierOptions["fetch"], options: Partial<VerifierOptions> = {}) =>
  createVerifier({
    baseUrl: "http://hub/mint/",
    credentials: CLIENT,
    ...(fetch ? { fetch } : {}),
    ...options,
  });

async function codeOf(verdict: Promise<unknown>): Promise<unknown> {
  const error = await verdict.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MintmarkError);
  return (error as MintmarkError).code;
}

describe("the question", () => {
  test("is put by the client in one call, and its answer is the caller", async () => {
    const { asked, fetch } = hub();
    const secret = draw();
    const verdict = await open(fetch).verify(`Bearer ${secret}`, { scope: "service:reports:read" });

    expect(verdict).toEqual({
      active: true,
      caller: {
        username: "ada",
        subject: "0190",
        kind: "personal_token",
        scopes: ["service:reports:read", "repository:ada/*:*"],
        expiresAt: null,
      },
    });
    const [call] = asked;
    expect(call?.url).toBe("http://hub/mint/oauth/introspect");
    expect(call?.headers.get("authorization")).toBe(
      `Basic ${base64("reports:a%20secret%3A%20of%20%2B%20the%20client")}`,
    );
    expect(call?.body).toBe(`token=${secret}`);
  });

  test("is put by a personal token about many in one call", async () => {
    const { asked, fetch } = hub({
      verdicts: [{ active: false }, { ...ACTIVE, subject: "0190", scopes: [] }],
    });
    const verifier = open(fetch, { credentials: { token: "mmt_own" } });
    const secrets = [draw(), draw()];
    const verdicts = await Promise.all(secrets.map((secret) => verifier.verify(`Token ${secret}`)));

    expect(verdicts.map(({ active }) => active)).toEqual([false, true]);
    expect(asked.map(({ url, body }) => [url, body])).toEqual([
      ["http://hub/mint/api/mintmark/v1/introspection", JSON.stringify({ secrets })],
    ]);
    expect(asked[0]?.headers.get("authorization")).toBe("Bearer mmt_own");
  });

  // A caller's object that a handler could change would change who the next request is.
  test("has an answer that nobody can change for the next who asks", async () => {
    const verifier = open(hub().fetch);
    const header = `Bearer ${draw()}`;
    const verdict = await verifier.verify(header);
    expect(() => verdict.active && Object.assign(verdict.caller, { username: "root" })).toThrow(TypeError);
    expect(() => verdict.active && (verdict.caller.scopes as string[]).push("*:*:*")).toThrow(TypeError);
  });

  test.each([
    ["nothing", undefined],
    ["a password", `Basic ${base64("ada:a long password")}`],
    ["a secret whose checksum is wrong", `Bearer ${draw().slice(0, -1)}-`],
    ["an offline token, which is for exchange alone", `Bearer ${draw("mmo_")}`],
    ["an offline token with its owner's name", `Basic ${base64(`ada:${draw("mmo_")}`)}`],
  ])("is not put about %s", async (_what, header) => {
    const { asked, fetch } = hub();
    expect((await open(fetch).verify(header)).active).toBe(false);
    expect(asked).toEqual([]);
  });
});

describe("a good secret is no good", () => {
  test("with somebody else's name", async () => {
    const verifier = open(hub().fetch);
    const secret = draw();
    const verdicts = ["ada", "ADA", "eve", "$app", "", "ada:"].map((name) =>
      verifier.verify(`Basic ${base64(`${name}:${secret}`)}`),
    );
    const active = (await Promise.all(verdicts)).map((verdict) => verdict.active);
    expect(active).toEqual([true, true, false, false, false, false]);
    expect(await verifier.verify(`Basic ${base64(`eve:${secret}`)}`)).toEqual({
      active: false,
      reason: "inactive",
    });
  });

  test("with `$app`, unless it is an app token", async () => {
    const verifier = open(hub({ ...ACTIVE, kind: "app_token" }).fetch);
    expect((await verifier.verify(`Basic ${base64(`$app:${draw("mma_")}`)}`)).active).toBe(true);
    expect((await verifier.verify(`Basic ${base64(`eve:${draw("mma_")}`)}`)).active).toBe(false);
  });

  test("when the hub says that it is for exchange alone", async () => {
    expect((await open(hub({ ...ACTIVE, token_type: "Offline" }).fetch).verify("Bearer a.b.c")).active).toBe(
      false,
    );
  });

  test.each([
    ["service:reports:write", false],
    ["service:reports:read repository:ada/x:pull", true],
    [["service:reports:read", "repository:eve/x:pull"], false],
    [null, true],
    ["", false],
    ["nonsense", false],
    [undefined, false],
  ])("for %j: %s", async (scope, allowed) => {
    const verdict = await open(hub().fetch).verify(`Bearer ${draw()}`, { scope } as { scope: string });
    expect(verdict.active).toBe(allowed);
    expect(verdict.active || verdict.reason).toBe(allowed || "insufficient_scope");
  });
});

describe("an answer is remembered", () => {
  // E1: an answer about one question must not be taken for the answer to another.
  test("for the secret, and judged anew for each scope, name and scheme", async () => {
    const { asked, fetch } = hub();
    const verifier = open(fetch);
    const secret = draw();
    const ask = async (header: string, scope: string | null) =>
      (await verifier.verify(header, { scope })).active;
    const once = async () => [
      await ask(`Bearer ${secret}`, "service:reports:read"),
      await ask(`Bearer ${secret}`, "service:reports:write"),
      await ask(`Basic ${base64(`eve:${secret}`)}`, null),
      await ask(`Token ${secret}`, null),
    ];
    expect(await once()).toEqual([true, false, false, true]);
    expect((await once()).reverse()).toEqual([true, false, false, true]);
    expect(asked).toHaveLength(1);
  });

  test("and then had at once; before that only if the cache knows it", async () => {
    const { asked, fetch } = hub();
    const verifier = open(fetch);
    const shown = [`Bearer ${draw()}`, { scope: "service:reports:read" }] as const;
    expect(verifier.verifyFromMemory(...shown)).toBeNull();
    expect(asked).toEqual([]);
    const verdict = await verifier.verify(...shown);
    expect(verifier.verifyFromMemory(...shown)).toEqual(verdict);
    expect(verifier.verifyFromMemory("Bearer x")).toEqual({ active: false, reason: "malformed" });
    expect(verifier.verifyFromMemory(shown[0], { scope: "a:b:c" })?.active).toBe(false);
  });

  test("also where it was no, and never for another secret", async () => {
    const bad = draw();
    const { asked, fetch } = hub((token: string) => (token === bad ? { active: false } : ACTIVE));
    const verifier = open(fetch);
    for (const secret of [bad, draw(), bad, draw(), bad]) {
      expect((await verifier.verify(`Bearer ${secret}`)).active).toBe(secret !== bad);
    }
    expect(asked).toHaveLength(3);
  });

  test("not beyond the credential's own end", async () => {
    const { asked, fetch } = hub({ ...ACTIVE, exp: Math.floor(Date.now() / 1000) });
    const verifier = open(fetch, { cache: { seconds: 60 } });
    const header = `Bearer ${draw()}`;
    await verifier.verify(header);
    await verifier.verify(header);
    expect(asked).toHaveLength(2);
  });

  test("not where that is switched off", async () => {
    const { asked, fetch } = hub();
    const verifier = open(fetch, { cache: { seconds: 0 } });
    const header = `Bearer ${draw()}`;
    await verifier.verify(header);
    await verifier.verify(header);
    expect(asked).toHaveLength(2);
  });

  test("not where there was none", async () => {
    let isUp = false;
    const up = hub();
    const verifier = open(async (url, init) => {
      if (!isUp) throw new TypeError("fetch failed");
      return up.fetch?.(url, init) as Promise<Response>;
    });
    const header = `Bearer ${draw()}`;
    expect(await codeOf(verifier.verify(header))).toBe("unreachable");
    isUp = true;
    expect((await verifier.verify(header)).active).toBe(true);
  });
});

describe("it cannot be known", () => {
  test.each([
    ["the hub refuses the service", { error: "invalid_client" }, 401, "service_refused"],
    ["the service may not ask", { code: "forbidden" }, 403, "service_refused"],
    ["the hub's store is out of reach", { code: "store_unavailable" }, 503, "store_unavailable"],
    ["the hub has forgotten to say so", {}, 200, "unexpected_answer"],
    ["yes is a text", { ...ACTIVE, active: "true" }, 200, "unexpected_answer"],
    ["the name is missing", { ...ACTIVE, username: undefined }, 200, "unexpected_answer"],
    ["the scopes are missing", { ...ACTIVE, scope: undefined }, 200, "unexpected_answer"],
    ["there is a list", [ACTIVE], 200, "unexpected_answer"],
    ["there is nothing", null, 200, "unexpected_answer"],
  ])("when %s", async (_what, answer, status, code) => {
    expect(await codeOf(open(hub(answer, status).fetch).verify(`Bearer ${draw()}`))).toBe(code);
  });

  test("when a list of answers is not one for each", async () => {
    const credentials = { token: "mmt_own" };
    for (const verdicts of [
      [],
      [{ active: true }],
      [null],
      [{ active: false }, { active: false }],
      undefined,
    ]) {
      const verifier = open(hub({ verdicts }).fetch, { credentials });
      expect(await codeOf(verifier.verify(`Bearer ${draw()}`))).toBe("unexpected_answer");
    }
  });

  // F7: an error that is logged must not contain the secret.
  test("and no error holds what was shown or what the service shows", async () => {
    const secret = draw();
    const error = await open(hub({ error: "invalid_client" }, 401).fetch)
      .verify(`Bearer ${secret}`)
      .catch((reason: unknown) => reason);
    const printed = JSON.stringify(error, Object.getOwnPropertyNames(error)) + (error as Error).stack;
    expect(printed).toContain("service_refused");
    expect(printed).not.toContain(secret);
    expect(printed).not.toContain("of + the client");
  });
});

test("options that make no sense are refused at once", () => {
  const make = (options: object) => () =>
    createVerifier({ baseUrl: "http://hub", credentials: CLIENT, ...options });
  for (const options of [{ baseUrl: "" }, { baseUrl: "/mint" }, { baseUrl: "http://a:b@hub" }]) {
    expect(make(options)).toThrow(TypeError);
  }
  for (const credentials of [undefined, { token: undefined }, { ...CLIENT, clientSecret: "" }]) {
    expect(make({ credentials })).toThrow(TypeError);
  }
  for (const cache of [{ seconds: -1 }, { seconds: 61 }, { seconds: Number.NaN }, { entries: 0 }]) {
    expect(make({ cache })).toThrow(RangeError);
  }
  expect(make({ timeoutMs: 0 })).toThrow(RangeError);
  expect(make({ credentials: { token: "two words" } })).toThrow(MintmarkError);
});

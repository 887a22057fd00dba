import { describe, expect, test } from "vitest";
import { MintmarkError } from "../error.ts";
import type { Verdict, Verifier } from "../verifier/verifier.ts";
import { admit, checkProtection, type Protection, requireCaller } from "./admit.ts";

const caller = { username: "ada", subject: "1", kind: "app_token", scopes: ["a:b:c"], expiresAt: null };
const saying = (verdict: Verdict): Verifier => ({
  verify: async () => verdict,
  verifyFromMemory: () => null,
});
const failing = (error: unknown): Verifier => ({
  verify: () => Promise.reject(error),
  verifyFromMemory: () => null,
});
const unreachable = new MintmarkError({
  code: "unreachable",
  status: 0,
  message: "The hub cannot be reached.",
});

async function refusal(verifier: Verifier, protection: Protection<unknown> = { scope: "a:b:c" }) {
  const admission = await admit(verifier, protection, {}, "Bearer x");
  if (!("refusal" in admission)) throw new Error("let in");
  const { status, headers, body } = admission.refusal;
  const { code } = JSON.parse(body);
  expect(headers).toMatchObject({ "cache-control": "no-store" });
  return [status, code, headers["www-authenticate"], headers["retry-after"]];
}

describe("who may not pass is told in the words of RFC 6750", () => {
  test.each([
    ["missing", [401, "unauthenticated", 'Bearer realm="mintmark"', undefined]],
    ["malformed", [401, "credential_inactive", 'Bearer realm="mintmark", error="invalid_token"', undefined]],
    ["inactive", [401, "credential_inactive", 'Bearer realm="mintmark", error="invalid_token"', undefined]],
  ] as const)("%s", async (reason, expected) => {
    expect(await refusal(saying({ active: false, reason }))).toEqual(expected);
  });

  test("insufficient_scope, with the scope where it is one", async () => {
    const verifier = saying({ active: false, reason: "insufficient_scope", caller });
    const challenge = 'Bearer realm="mintmark", error="insufficient_scope"';
    const forbidden = (scope: Protection<unknown>["scope"]) => refusal(verifier, { scope });
    expect(await forbidden(["a:b:c", "d:e:f"])).toEqual([
      403,
      "forbidden",
      `${challenge}, scope="a:b:c d:e:f"`,
      undefined,
    ]);
    // What a request made of it must not get into a header.
    expect(await forbidden(() => 'a:"\r\nSet-Cookie: x:c')).toEqual([403, "forbidden", challenge, undefined]);
  });
});

describe("nobody passes where it cannot be known", () => {
  test("whether they may", async () => {
    expect(await refusal(failing(unreachable))).toEqual([503, "unavailable", undefined, "1"]);
    const patient = new MintmarkError({ code: "x", status: 429, message: "", retryAfterSeconds: 30 });
    expect(await refusal(failing(patient))).toEqual([503, "unavailable", undefined, "30"]);
    // A hub that refuses the service itself has not refused the caller.
    const refused = new MintmarkError({ code: "service_refused", status: 401, message: "" });
    expect(await refusal(failing(refused))).toEqual([503, "unavailable", undefined, "1"]);
  });

  test("what they need", async () => {
    const scope = () => {
      throw new Error("the service's own mistake");
    };
    const broken = [500, "internal", undefined, undefined];
    expect(await refusal(saying({ active: true, caller }), { scope })).toEqual(broken);
    expect(await refusal(failing("no error at all"))).toEqual(broken);
  });

  test("and the service is told why, even one that cannot listen", async () => {
    const told: unknown[] = [];
    await refusal(failing(unreachable), { scope: null, onFailure: (error) => told.push(error) });
    expect(told).toEqual([unreachable]);
    const onFailure = () => {
      throw new Error("the log is full");
    };
    expect((await refusal(failing(unreachable), { scope: null, onFailure }))[0]).toBe(503);
  });
});

test("a scope that nobody could hold is refused when the service starts", () => {
  for (const scope of ["", "reports", undefined, ["service:reports:read", ""]]) {
    expect(() => checkProtection({ scope } as Protection<unknown>)).toThrow(TypeError);
  }
  for (const scope of ["service:reports:read", ["a:b:c", "d:e:f"], null, () => ""]) {
    expect(() => checkProtection({ scope })).not.toThrow();
  }
});

// A route that somebody forgot to protect must fail, not serve a caller without a name.
test("a request that no middleware has admitted has no caller", () => {
  expect(() => requireCaller(undefined)).toThrow("put protect in front of this route");
});

import { describe, expect, test } from "vitest";
import { drawSecret } from "../core/secret/format.ts";
import { leastCost } from "../testing/cost.ts";
import { entropy } from "../testing/entropy.ts";
import { readAuthorization, splitPair } from "./authorization.ts";

const secret = drawSecret(entropy, "mmp_").reveal();
const session = drawSecret(entropy, "mms_").reveal();
const client = drawSecret(entropy, "mmc_").reveal();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const pair = (username: string, text: string) => `Basic ${base64(`${username}:${text}`)}`;

function shown(header: string | undefined) {
  const presented = readAuthorization(header);
  if (presented === null || presented.scheme === "unreadable") {
    return presented?.scheme ?? null;
  }
  return { ...presented, secret: presented.secret.reveal() };
}

describe("the Authorization header", () => {
  test.each(["Bearer", "bearer", "BEARER", "Token", "token"])("%s is read in any case", (scheme) => {
    expect(shown(`${scheme} ${secret}`)).toMatchObject({
      scheme: scheme.toLowerCase(),
      username: null,
      secret,
    });
  });

  test.each([
    ["as it should be", base64(`ada:${secret}`)],
    ["with the newline of IBM's own recipe", base64(`ada:${secret}\n`)],
    ["without padding", base64(`ada:${secret}`).replace(/=+$/, "")],
    ["in the url-safe alphabet", Buffer.from(`ada:${secret}`).toString("base64url")],
  ])("a ZenApiKey is read %s", (_how, value) => {
    expect(shown(`zenapikey ${value}`)).toMatchObject({ scheme: "zenapikey", username: "ada", secret });
  });

  test("a user name with a colon is parted before the secret, a password with colons after the name", () => {
    expect(shown(`Basic ${base64(`IAM#a:b@c.d:${secret}`)}`)).toMatchObject({
      username: "IAM#a:b@c.d",
      secret,
    });
    expect(shown(`Basic ${base64("ada:pass:word:")}`)).toMatchObject({
      username: "ada",
      secret: "pass:word:",
    });
  });

  test.each([
    "",
    "Bearer",
    "Bearer a b",
    "Basic",
    "Basic !!!",
    `Basic ${base64("nocolon")}`,
    "Digest x",
    secret,
  ])("%j is unreadable, which is not the same as absent", (header) => {
    expect(shown(header)).toBe("unreadable");
  });

  test("no header is no credential", () => {
    expect(readAuthorization(undefined)).toBeNull();
  });

  test("a pair without a colon is none", () => {
    expect(splitPair("basic", "ada")).toBeNull();
  });

  test.each([
    ["a credential's secret", `Bearer ${secret}`, { form: "credential", kind: "platform_key" }],
    ["a session's", `Bearer ${session}`, { form: "session" }],
    ["a client's", `Bearer ${client}`, { form: "other_secret" }],
    ["a JWT", "Bearer a.b.c", { form: "jwt" }],
    ["two parts", "Bearer a.b", { form: "malformed" }],
    ["four parts", "Bearer a.b.c.d", { form: "malformed" }],
    ["a secret with a wrong checksum", `Bearer ${secret.slice(0, -1)}-`, { form: "malformed" }],
    [
      "a credential's behind its owner's name",
      pair("ada", secret),
      { form: "credential", kind: "platform_key" },
    ],
    ["a client's behind its id", pair("app", client), { form: "other_secret" }],
    // A session is never accepted in a pair: it is tried as a password, and fails.
    ["a session's behind a name", pair("ada", session), { form: "password", secret: session }],
    ["a JWT behind a name", pair("ada", "a.b.c"), { form: "password", secret: "a.b.c" }],
    ["a password", pair("ada", "pass:word"), { form: "password", username: "ada", secret: "pass:word" }],
  ])("shows by its form alone: %s", (_what, header, expected) => {
    expect(shown(header)).toMatchObject(expected);
  });

  // A text that is line breaks for the most part made a regular expression try again at each of them.
  test("is read in a time that grows with its length, whatever is in it", async () => {
    const long = base64(`ada:${"\n".repeat(200_000)}x`);
    expect(shown(`Basic ${long}`)).toMatchObject({ form: "password", username: "ada" });
    expect(await leastCost(() => shown(`Basic ${long}`), 500)).toBeLessThan(500);
  });
});

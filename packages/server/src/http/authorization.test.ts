import { describe, expect, test } from "vitest";
import { drawSecret } from "../core/secret/format.ts";
import { entropy } from "../testing/entropy.ts";
import { readAuthorization, splitPair } from "./authorization.ts";

const secret = drawSecret(entropy, "mmp_").reveal();
const base64 = (text: string) => Buffer.from(text).toString("base64");

function shown(header: string | undefined) {
  const presented = readAuthorization(header);
  if (presented === null || presented.scheme === "unreadable") {
    return presented?.scheme ?? null;
  }
  return { ...presented, secret: presented.secret.reveal() };
}

describe("the Authorization header", () => {
  test.each(["Bearer", "bearer", "BEARER", "Token", "token"])("%s is read in any case", (scheme) => {
    expect(shown(`${scheme} ${secret}`)).toEqual({ scheme: scheme.toLowerCase(), secret });
  });

  test.each([
    ["as it should be", base64(`ada:${secret}`)],
    ["with the newline of IBM's own recipe", base64(`ada:${secret}\n`)],
    ["without padding", base64(`ada:${secret}`).replace(/=+$/, "")],
    ["in the url-safe alphabet", Buffer.from(`ada:${secret}`).toString("base64url")],
  ])("a ZenApiKey is read %s", (_how, value) => {
    expect(shown(`zenapikey ${value}`)).toEqual({ scheme: "zenapikey", username: "ada", secret });
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
    expect(splitPair("ada")).toBeNull();
  });
});

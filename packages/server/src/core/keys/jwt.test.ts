import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { importSPKI, jwtVerify, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { ask } from "../looked.ts";
import { encodePart, isInTime, isSignedBy, JWT_LENGTH_MAX, type JwtPart, parseJwt, signJwt } from "./jwt.ts";

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const es256 = { publicKey: ec.publicKey, algorithm: "ES256" as const };
const rs256 = { publicKey: rsa.publicKey, algorithm: "RS256" as const };
const ecPem = ec.publicKey.export({ type: "spki", format: "pem" }).toString();

function encode(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

function isAccepted(text: string, key: typeof es256 | typeof rs256 = es256): boolean {
  const parsed = parseJwt(text);
  return parsed !== null && isSignedBy(parsed, key);
}

function signed(key: KeyObject, header: JwtPart, claims: JwtPart): Promise<string> {
  return ask(signJwt(key, encodePart(header), encodePart(claims)));
}

const GOOD = await signed(ec.privateKey, { alg: "ES256", kid: "k" }, { sub: "ü", exp: 2 });

describe("one of our own JWTs", () => {
  test("comes back with what was signed", async () => {
    const parsed = parseJwt(GOOD);
    expect(parsed?.claims).toEqual({ sub: "ü", exp: 2 });
    expect(parsed?.header).toEqual({ alg: "ES256", kid: "k" });
    expect(isAccepted(GOOD)).toBe(true);
    expect(isAccepted(await signed(rsa.privateKey, { alg: "RS256" }, { exp: 2 }), rs256)).toBe(true);
  });

  test("is understood by jose, and jose's by us", async () => {
    const token = await signed(
      ec.privateKey,
      { alg: "ES256", typ: "JWT" },
      { sub: "ada", exp: 4_000_000_000 },
    );
    const { payload } = await jwtVerify(token, await importSPKI(ecPem, "ES256"), { algorithms: ["ES256"] });
    expect(payload.sub).toBe("ada");
    const foreign = await new SignJWT({ sub: "ada" })
      .setProtectedHeader({ alg: "ES256" })
      .sign(ec.privateKey);
    expect(isAccepted(foreign)).toBe(true);
  });
});

/** Signature and key games: each of these has let somebody in somewhere. */
describe("a forged JWT is refused", () => {
  const [header, claims, signature] = GOOD.split(".") as [string, string, string];
  const body = encode({ sub: "mallory", exp: 2 });

  test("with alg none, with and without a signature", () => {
    expect(isAccepted(`${encode({ alg: "none" })}.${body}.`)).toBe(false);
    expect(isAccepted(`${encode({ alg: "none" })}.${body}.${signature}`)).toBe(false);
  });

  test("with the public key as HMAC secret", () => {
    const input = `${encode({ alg: "HS256" })}.${body}`;
    expect(isAccepted(`${input}.${createHmac("sha256", ecPem).update(input).digest("base64url")}`)).toBe(
      false,
    );
  });

  test("with the algorithm of another key, or a spelling near to ours", async () => {
    const other = await signed(ec.privateKey, { alg: "RS256" }, { exp: 2 });
    expect(isAccepted(other)).toBe(false);
    expect(isAccepted(other, rs256)).toBe(false);
    for (const alg of ["es256", "ES256 ", "ES384", ["ES256"], null, undefined]) {
      expect(isAccepted(await signed(ec.privateKey, { alg }, { exp: 2 }))).toBe(false);
    }
  });

  test("with a DER signature, a zero signature, or one cut short", () => {
    const input = `${header}.${claims}`;
    const derSignature = sign("sha256", Buffer.from(input), { key: ec.privateKey, dsaEncoding: "der" });
    expect(isAccepted(`${input}.${derSignature.toString("base64url")}`)).toBe(false);
    expect(isAccepted(`${input}.${Buffer.alloc(64).toString("base64url")}`)).toBe(false);
    expect(
      isAccepted(`${input}.${Buffer.from(signature, "base64url").subarray(0, 63).toString("base64url")}`),
    ).toBe(false);
  });

  test("with any one character changed", () => {
    for (let at = 0; at < GOOD.length; at += 1) {
      const changed = GOOD[at] === "A" ? "B" : "A";
      expect(isAccepted(GOOD.slice(0, at) + changed + GOOD.slice(at + 1))).toBe(false);
    }
  });

  test("with an extension that must be understood, even one that we do not know", async () => {
    expect(isAccepted(await signed(ec.privateKey, { alg: "ES256", crit: ["exp"] }, { exp: 2 }))).toBe(false);
    expect(isAccepted(await signed(ec.privateKey, { alg: "ES256", crit: [] }, { exp: 2 }))).toBe(false);
  });
});

describe("text that is no JWT gives null, not an exception", () => {
  const [header, claims, signature] = GOOD.split(".") as [string, string, string];

  test.each([
    ["nothing", ""],
    ["two parts", `${header}.${claims}`],
    ["four parts", `${GOOD}.${signature}`],
    ["empty parts", ".."],
    ["padding", `${header}=.${claims}.${signature}`],
    ["the standard alphabet", `${header}.${claims}.${"+/".repeat(43)}`],
    ["white space inside", `${header}.${claims}.${signature}\n`],
    [
      "a stray bit at the end",
      `${header}.${claims}.${signature.slice(0, -1)}${nextLetter(signature.at(-1) as string)}`,
    ],
    ["a header that is no JSON", `${encode("{")}.${claims}.${signature}`],
    ["a header that is a list", `${encode([])}.${claims}.${signature}`],
    ["claims that are null", `${header}.${encode("null")}.${signature}`],
    ["claims that are text", `${header}.${encode('"x"')}.${signature}`],
  ])("%s", (_what, text) => {
    expect(parseJwt(text)).toBeNull();
  });

  test("more than 8 KB", async () => {
    const long = await signed(ec.privateKey, { alg: "ES256" }, { exp: 2, pad: "x".repeat(JWT_LENGTH_MAX) });
    expect(parseJwt(long)).toBeNull();
  });
});

describe("a JWT is in time", () => {
  test("until the very millisecond of exp", () => {
    expect(isInTime({ exp: 100 }, 99_999)).toBe(true);
    expect(isInTime({ exp: 100 }, 100_000)).toBe(false);
  });

  test("from the very millisecond of nbf and iat", () => {
    for (const claim of ["nbf", "iat"]) {
      expect(isInTime({ exp: 100, [claim]: 50 }, 49_999)).toBe(false);
      expect(isInTime({ exp: 100, [claim]: 50 }, 50_000)).toBe(true);
    }
  });

  test("only by whole numbers of seconds, and never without an exp", () => {
    expect(isInTime({}, 0)).toBe(false);
    for (const value of ["100", 100.5, -1, null, Number.MAX_VALUE, [100], true]) {
      expect(isInTime({ exp: value }, 0)).toBe(false);
      expect(isInTime({ exp: 100, nbf: value }, 200)).toBe(false);
      expect(isInTime({ exp: 100, iat: value }, 200)).toBe(false);
    }
  });
});

/**
 * 64 bytes leave four unused bits in the last letter: the next letter decodes to the same bytes for a reader
 * that does not look.
 */
function nextLetter(letter: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet[alphabet.indexOf(letter) + 1] as string;
}

import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkLocally } from "./local-check.ts";
import { TrustSource } from "./trust.ts";

const ISSUER = "https://hub.example/mint/auth/realms/redhat-external";
const HUB = "https://hub.example/mint";
const NOW = 1_700_000_000;

const realm = generateKeyPairSync("ec", { namedCurve: "P-256" });
const zen = generateKeyPairSync("rsa", { modulusLength: 2048 });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" });
const other = {
  p384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  short: generateKeyPairSync("rsa", { modulusLength: 1024 }),
};

const jwk = (key: KeyObject, members: object) => ({ ...key.export({ format: "jwk" }), ...members });
const KEYS = [
  jwk(realm.publicKey, { kid: "realm", use: "sig", alg: "ES256" }),
  jwk(zen.publicKey, { kid: "zen", use: "sig", alg: "RS256" }),
  jwk(rsa.publicKey, { kid: "rsa", use: "sig", alg: "RS256", mm_purpose: "realm" }),
  jwk(foreign.publicKey, { kid: "sealing", use: "enc" }),
  jwk(other.p384.publicKey, { kid: "p384" }),
  jwk(other.short.publicKey, { kid: "short" }),
  { kid: "secret", kty: "oct", k: "c2VjcmV0" },
  { kid: "torn", kty: "EC", crv: "P-256", x: "AA" },
];

const realmClaims = {
  iss: ISSUER,
  aud: HUB,
  iat: NOW,
  exp: NOW + 900,
  mm_use: "realm",
  sub: "0190",
  preferred_username: "ada",
  scope: "collection:acme.*:download collection:*:upload",
};
const zenClaims = {
  iss: "KNOXSSO",
  aud: "DSX",
  iat: NOW,
  exp: NOW + 900,
  mm_use: "zen",
  mm_account: "0190",
  username: "ada",
  sub: "ada",
};

const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function signed(key: KeyObject, header: object, claims: unknown): string {
  const input = `${part(header)}.${part(claims)}`;
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

const ofRealm = (claims: object = {}, header: object = {}, key = realm.privateKey) =>
  signed(key, { alg: "ES256", typ: "at+jwt", kid: "realm", ...header }, { ...realmClaims, ...claims });
const ofZen = (claims: object = {}, header: object = {}, key = zen.privateKey) =>
  signed(key, { alg: "RS256", typ: "JWT", kid: "zen", ...header }, { ...zenClaims, ...claims });

/** The hub's two documents at the other end of `fetch`. */
const source = () =>
  new TrustSource({
    baseUrl: "http://internal:8080",
    sending: {
      timeoutMs: 1_000,
      fetch: async (url) =>
        Response.json(String(url).endsWith("/oauth/jwks") ? { keys: KEYS } : { issuer: ISSUER }),
    },
  });
const check = (jwt: string, second = NOW) => checkLocally(jwt, source(), second * 1000);

describe("a bearer that the hub signed", () => {
  test("says who calls and what it may do, and when it ends", async () => {
    expect(await check(ofRealm())).toMatchObject({
      caller: {
        username: "ada",
        subject: "0190",
        kind: null,
        scopes: ["collection:acme.*:download", "collection:*:upload"],
        expiresAt: new Date((NOW + 900) * 1000).toISOString(),
      },
      endsAt: (NOW + 900) * 1000,
    });
  });

  test("may be in Keycloak's form, signed by a key that says it is the realm's", async () => {
    const jwt = signed(rsa.privateKey, { alg: "RS256", typ: "JWT", kid: "rsa" }, realmClaims);
    expect(await check(jwt)).toMatchObject({ caller: { username: "ada" } });
  });

  test("may be a client's own", async () => {
    const { preferred_username: _, ...claims } = realmClaims;
    const jwt = signed(
      realm.privateKey,
      { alg: "ES256", typ: "at+jwt", kid: "realm" },
      { ...claims, mm_use: "client", sub: "importer" },
    );
    const name = "$client:importer";
    expect((await check(jwt))?.caller).toMatchObject({ username: name, subject: name, kind: "client" });
  });

  test("of IBM's kind tells scopes only for its one instance", async () => {
    expect((await check(ofZen()))?.caller).toMatchObject({ username: "ada", subject: "0190", scopes: [] });
    const instance = ofZen({ mm_use: "zen_instance", mm_scope: "instance:sales:use" });
    expect((await check(instance))?.caller.scopes).toEqual(["instance:sales:use"]);
  });

  test("may name several audiences", async () => {
    expect(await check(ofRealm({ aud: ["https://other.example", HUB] }))).not.toBeNull();
  });

  test("is in time until its last second, and may be a minute ahead of our clock", async () => {
    expect(await check(ofRealm(), NOW + 899)).not.toBeNull();
    expect(await check(ofRealm(), NOW + 900)).toBeNull();
    expect(await check(ofRealm(), NOW - 60)).not.toBeNull();
    expect(await check(ofRealm(), NOW - 61)).toBeNull();
    expect(await check(ofRealm({ nbf: NOW + 61 }))).toBeNull();
  });
});

// E5, E6: each of these has let somebody into something.
describe("nothing else passes", () => {
  const input = `${part({ alg: "HS256", typ: "at+jwt", kid: "realm" })}.${part(realmClaims)}`;
  const hmac = (key: string | Buffer) =>
    `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
  const publicPem = realm.publicKey.export({ type: "spki", format: "pem" });
  const good = ofRealm();
  const [header = "", claims = "", signature = ""] = good.split(".");

  test.each([
    ["no algorithm", `${part({ alg: "none", typ: "at+jwt", kid: "realm" })}.${part(realmClaims)}.`],
    ["no algorithm and a signature", ofRealm({}, { alg: "none" })],
    ["HMAC with the public key in PEM", hmac(publicPem)],
    ["HMAC with the JWK", hmac(JSON.stringify(KEYS[0]))],
    ["an algorithm that is not the key's", ofRealm({}, { alg: "RS256" })],
    ["a key of somebody else under our key's id", ofRealm({}, {}, foreign.privateKey)],
    [
      "a key in the header",
      ofRealm({}, { jwk: foreign.publicKey.export({ format: "jwk" }) }, foreign.privateKey),
    ],
    ["a key that is published for something else", ofRealm({}, { kid: "sealing" }, foreign.privateKey)],
    ["no key id", ofRealm({}, { kid: undefined })],
    ["a key id that is no text", ofRealm({}, { kid: ["realm"] })],
    ["a key id that every object has", ofRealm({}, { kid: "__proto__" })],
    ["a key of a curve that the hub has not", ofRealm({}, { kid: "p384" }, other.p384.privateKey)],
    ["a key that is too short", ofZen({}, { kid: "short" }, other.short.privateKey)],
    ["a critical extension", ofRealm({}, { crit: ["exp"] })],
    ["another type", ofRealm({}, { typ: "logout+jwt" })],
    ["another issuer", ofRealm({ iss: `${ISSUER}/` })],
    ["another audience", ofRealm({ aud: "https://hub.example" })],
    ["an audience that only begins like ours", ofRealm({ aud: `${HUB}.evil` })],
    ["an audience of which ours is a part", ofRealm({ aud: [`${HUB} ${HUB}`] })],
    ["no audience", ofRealm({ aud: undefined })],
    ["no end", ofRealm({ exp: undefined })],
    ["an end that is no number", ofRealm({ exp: String(NOW + 900) })],
    ["an end in a fraction", ofRealm({ exp: NOW + 900.5 })],
    ["another use", ofRealm({ mm_use: "registry" })],
    ["no subject", ofRealm({ sub: undefined })],
    ["no name", ofRealm({ preferred_username: undefined })],
    ["the realm's claims under IBM's key, both by RS256", ofZen(realmClaims, { typ: "JWT" })],
    ["IBM's claims under the realm's key, both by RS256", ofZen({}, { kid: "rsa" }, rsa.privateKey)],
    ["the realm's claims under IBM's key", ofZen(realmClaims, { typ: "at+jwt" })],
    ["IBM's claims as another type", ofZen({}, { typ: "at+jwt" })],
    ["IBM's claims under the realm's key", ofRealm(zenClaims, { typ: "JWT" })],
    ["IBM's claims for another audience", ofZen({ aud: "OTHER" })],
    ["IBM's claims by another issuer", ofZen({ iss: ISSUER })],
    ["IBM's claims without an account", ofZen({ mm_account: undefined })],
    ["claims that are a list", signed(realm.privateKey, { alg: "ES256", typ: "at+jwt", kid: "realm" }, "[]")],
    ["claims that are no JSON", signed(realm.privateKey, { alg: "ES256", typ: "at+jwt", kid: "realm" }, "{")],
    ["other claims under a true signature", `${header}.${part({ ...realmClaims, sub: "1" })}.${signature}`],
    ["a signature with padding", `${good}==`],
    ["a signature with stray bits", `${good.slice(0, -1)}${good.endsWith("A") ? "B" : "A"}`],
    ["two parts", `${header}.${claims}`],
    ["four parts", `${good}.${signature}`],
    [
      "a signature in DER",
      `${header}.${claims}.${sign("sha256", Buffer.from(`${header}.${claims}`), realm.privateKey).toString("base64url")}`,
    ],
    ["nothing", ".."],
    ["more than the hub writes", ofRealm({ scope: "x".repeat(8_192) })],
  ])("%s", async (_what, jwt) => {
    expect(await check(jwt)).toBeNull();
  });

  test("nor a bearer for another audience than the one that this service names", async () => {
    const pinned = (options: { issuer?: string; audience?: string }) =>
      new TrustSource({
        baseUrl: HUB,
        ...options,
        sending: { timeoutMs: 1_000, fetch: async () => Response.json({ keys: KEYS, issuer: ISSUER }) },
      });
    expect(await checkLocally(good, pinned({ audience: "reports" }), NOW * 1000)).toBeNull();
    expect(await checkLocally(good, pinned({ issuer: "https://other.example" }), NOW * 1000)).toBeNull();
    expect(await checkLocally(good, pinned({ issuer: ISSUER, audience: HUB }), NOW * 1000)).not.toBeNull();
  });
});

import { createPublicKey } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

/**
 * Verifiers that services behind Keycloak use, by the rules of each, with nothing but what the realm
 * publishes.
 */
const REALM = "/auth/realms/redhat-external";
let hub: Harness;
let bearer: string;
let discovery: { issuer: string; jwks_uri: string };

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada");
  const { secret } = await hub.issue("ada", "offline_token");
  const reply = await hub.call({
    method: "POST",
    url: `${REALM}/protocol/openid-connect/token`,
    form: { grant_type: "refresh_token", client_id: "cloud-services", refresh_token: secret },
  });
  bearer = reply.json<{ access_token: string }>().access_token;
  discovery = (await hub.call({ url: `${REALM}/.well-known/openid-configuration` })).json();
});
afterAll(() => hub.close());

async function published(): Promise<JSONWebKeySet> {
  return (await hub.call({ url: new URL(discovery.jwks_uri).pathname })).json();
}

function now(): Date {
  return new Date(hub.clock.now());
}

describe("a realm bearer passes", () => {
  // JwtDecoders.fromIssuerLocation (spring-security 6.4 to 7.0): `typ` is JWT or absent, one issuer, RS256.
  it("Spring Security's decoder by the issuer", async () => {
    const { payload, protectedHeader } = await jwtVerify(bearer, createLocalJWKSet(await published()), {
      issuer: discovery.issuer,
      algorithms: ["RS256"],
      typ: "JWT",
      clockTolerance: 60,
      currentDate: now(),
    });
    expect(protectedHeader.typ).toBe("JWT");
    expect(payload.sub).toEqual(expect.any(String));
  });

  // NimbusJwtDecoder.withJwkSetUri of 7.0 expects RS256 and looks the key up by `kid`, `alg` and `use`.
  it("Spring Security's decoder by the address of the keys", async () => {
    const { kid, alg } = decodeProtectedHeader(bearer);
    const { keys } = await published();
    expect(keys.filter((key) => key.kid === kid && key.alg === alg && key.use === "sig")).toHaveLength(1);
    expect(alg).toBe("RS256");
  });

  // keycloak-connect 26, bearer-only: the claim `typ` is Bearer, the issuer is the realm's address, the
  // bearer is not older than the realm's `tokens-not-before`.
  it("keycloak-connect", async () => {
    const page = (await hub.call({ url: REALM })).json<{ public_key: string; "tokens-not-before": number }>();
    const key = createPublicKey({ key: Buffer.from(page.public_key, "base64"), format: "der", type: "spki" });
    const { payload } = await jwtVerify(bearer, key, { algorithms: ["RS256"], currentDate: now() });
    expect(payload).toMatchObject({ typ: "Bearer", iss: `http://hub.test${REALM}`, azp: "cloud-services" });
    expect(payload.iat).toBeGreaterThanOrEqual(page["tokens-not-before"]);
  });

  it("a verifier that is pinned to RS256, and no other algorithm", async () => {
    const keys = createLocalJWKSet(await published());
    const pinned = (algorithms: string[]) => jwtVerify(bearer, keys, { algorithms, currentDate: now() });
    await expect(pinned(["RS256"])).resolves.toBeDefined();
    await expect(pinned(["ES256", "HS256"])).rejects.toThrow();
  });
});

describe("what is refused by such verifiers", () => {
  it("is a bearer that was changed, one that has expired, and one of another realm", async () => {
    const keys = createLocalJWKSet(await published());
    const [header = "", payload = "", signature = ""] = bearer.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...claims, preferred_username: "root" })).toString(
      "base64url",
    );
    const options = { algorithms: ["RS256"], currentDate: now() };
    await expect(jwtVerify(`${header}.${forged}.${signature}`, keys, options)).rejects.toThrow();
    const later = new Date(hub.clock.now() + 3_600_000);
    await expect(jwtVerify(bearer, keys, { ...options, currentDate: later })).rejects.toThrow();
    await expect(jwtVerify(bearer, keys, { ...options, issuer: "http://hub.test/x" })).rejects.toThrow();
  });
});

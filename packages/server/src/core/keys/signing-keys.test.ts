import { createPrivateKey, createPublicKey, verify, X509Certificate } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { anonymousCaller } from "../caller.ts";
import { HubError } from "../errors.ts";
import { ask } from "../looked.ts";
import { Keyring } from "../secret/keyring.ts";
import { libtrustFingerprint } from "./libtrust.ts";
import { registryHeader } from "./registry-header.ts";
import type { KeyPurpose, KeyState } from "./signing-key.ts";
import { KEY_PURPOSES, SigningKeys } from "./signing-keys.ts";

const CALLER = anonymousCaller({ address: "192.0.2.7", agent: "test" });
const ALL = { purposes: KEY_PURPOSES };

/** What the keys say of a token, wherever it comes from. */
function look(from: SigningKeys, ...question: Parameters<SigningKeys["look"]>) {
  return ask(from.look(...question));
}

let harness: Harness;
let keys: SigningKeys;

beforeEach(async () => {
  harness = await createHarness();
  keys = harness.hub.keys;
});

afterEach(() => harness.close());

function nowSeconds(): number {
  return Math.floor(harness.clock.now() / 1000);
}

function signFor(purpose: KeyPurpose, seconds: number, signer: SigningKeys = keys): Promise<string> {
  return signer.sign(purpose, {}, { sub: "ada", iat: nowSeconds(), exp: nowSeconds() + seconds });
}

async function stored(purpose: KeyPurpose, state: KeyState) {
  return (await harness.context.store.read.keys.list(purpose)).filter((key) => key.state === state);
}

async function publishedKids(purpose: KeyPurpose): Promise<readonly string[]> {
  return (await keys.jwks([purpose])).map((jwk) => jwk["kid"] as string);
}

async function rotations() {
  return harness.context.store.read.audit.list({ action: "key.rotate", limit: 50 });
}

/** A second node on the same store. */
function otherNode(): SigningKeys {
  return new SigningKeys(harness.context);
}

describe("at the first start", () => {
  test("every purpose gets a key that signs and one that is published ahead", async () => {
    for (const purpose of KEY_PURPOSES) {
      expect(await stored(purpose, "current")).toHaveLength(1);
      expect(await stored(purpose, "next")).toHaveLength(1);
    }
    expect(await rotations()).toHaveLength(3);
  });

  test("starting again makes no more, and nodes that start at once make one set together", async () => {
    const before = await harness.context.store.read.keys.list();
    await harness.restart();
    expect(await harness.context.store.read.keys.list()).toEqual(before);
    await harness.context.store.write(async (writes) => {
      for (const { id } of before) {
        await writes.keys.remove(id);
      }
    });
    await Promise.all([otherNode().ensure(), otherNode().ensure()]);
    expect(await harness.context.store.read.keys.list()).toHaveLength(6);
  });

  test("a store whose keys another master key sealed is noticed", async () => {
    const foreign = { ...harness.context, keyring: Keyring.of(Buffer.alloc(32, 9)) };
    await expect(new SigningKeys(foreign).ensure()).rejects.toThrow();
  });
});

describe("one of our own tokens", () => {
  test("says what it was signed with, by any node", async () => {
    const jwt = await signFor("realm", 900);
    const verified = await look(otherNode(), jwt, { purposes: ["realm"] });
    expect(verified?.claims).toEqual({ sub: "ada", iat: nowSeconds(), exp: nowSeconds() + 900 });
    expect(verified?.purpose).toBe("realm");
    expect(verified?.header).toEqual({
      alg: "RS256",
      typ: "JWT",
      kid: (await stored("realm", "current"))[0]?.thumbprint,
    });
  });

  test("is good for its purpose and no other", async () => {
    const jwt = await signFor("registry", 300);
    expect(await look(keys, jwt, { purposes: ["realm", "zen"] })).toBeNull();
    expect(await look(keys, jwt, { purposes: ["registry"] })).not.toBeNull();
  });

  test("is verified by jose with nothing but the JWK set", async () => {
    const set = createLocalJWKSet({ keys: await keys.jwks(KEY_PURPOSES) } as unknown as JSONWebKeySet);
    for (const purpose of KEY_PURPOSES) {
      const { payload } = await jwtVerify(await signFor(purpose, 300), set, {
        currentDate: new Date(harness.clock.now()),
      });
      expect(payload.sub).toBe("ada");
    }
  });

  test("dies at its exp", async () => {
    const jwt = await signFor("realm", 900);
    harness.clock.advance({ seconds: 900, ms: -1 });
    expect(await look(keys, jwt, ALL)).not.toBeNull();
    harness.clock.advance({ ms: 1 });
    expect(await look(keys, jwt, ALL)).toBeNull();
  });

  test("is not signed without an end", async () => {
    await expect(keys.sign("realm", {}, { sub: "ada" })).rejects.toThrow(HubError);
    await expect(keys.sign("realm", {}, { exp: nowSeconds() + 0.5 })).rejects.toThrow(HubError);
  });
});

describe("a token that is not our own is refused without an exception", () => {
  test("text of any other kind", async () => {
    for (const text of ["", "a.b.c", "..", "mmt_x", "\u0000", "é.é.é", "x".repeat(100_000)]) {
      expect(await look(keys, text, ALL)).toBeNull();
    }
  });

  test("a token whose header names another key's kid", async () => {
    const [, claims, signature] = (await signFor("realm", 900)).split(".");
    for (const kid of [
      (await stored("realm", "next"))[0]?.thumbprint,
      "../realm",
      "__proto__",
      7,
      null,
      ["x"],
    ]) {
      const header = Buffer.from(JSON.stringify({ alg: "RS256", typ: "JWT", kid })).toString("base64url");
      expect(await look(keys, `${header}.${claims}.${signature}`, ALL)).toBeNull();
    }
  });

  test("a token of another hub", async () => {
    const elsewhere = await createHarness({ ownKeys: true });
    try {
      const jwt = await elsewhere.hub.keys.sign("realm", {}, { exp: nowSeconds() + 900 });
      expect(await look(keys, jwt, ALL)).toBeNull();
    } finally {
      await elsewhere.close();
    }
  });
});

describe("after a rotation", () => {
  test("the key that was published ahead signs, and another is published ahead", async () => {
    const [next] = await stored("realm", "next");
    const before = await publishedKids("realm");
    await keys.rotate("realm", CALLER);
    expect(decodeProtectedHeader(await signFor("realm", 900)).kid).toBe(next?.thumbprint);
    const after = await publishedKids("realm");
    expect(before).toHaveLength(2);
    expect(after).toHaveLength(3);
    expect(after).toEqual(expect.arrayContaining([...before]));
  });

  test("every node signs with the new key at once", async () => {
    const node = otherNode();
    const first = decodeProtectedHeader(await signFor("realm", 900, node)).kid;
    await keys.rotate("realm", CALLER);
    expect(decodeProtectedHeader(await signFor("realm", 900, node)).kid).not.toBe(first);
  });

  test("tokens of the retired key live to their end, and the key goes a minute after the last of them", async () => {
    const jwt = await signFor("zen", 12 * 3600);
    const kid = decodeProtectedHeader(jwt).kid as string;
    await keys.rotate("zen", CALLER);
    harness.clock.advance({ hours: 12, ms: -1 });
    expect(await look(keys, jwt, ALL)).not.toBeNull();
    harness.clock.advance({ ms: 1, seconds: 59 });
    expect(await publishedKids("zen")).toContain(kid);
    harness.clock.advance({ seconds: 1 });
    expect(await publishedKids("zen")).not.toContain(kid);
    expect(await keys.removeDead()).toBe(1);
    expect(await keys.removeDead()).toBe(0);
    expect(await stored("zen", "retired")).toHaveLength(0);
  });

  test("a key that signed a token longer than the policy stays for that one too, also past a restart", async () => {
    const jwt = await signFor("realm", 86_400);
    expect((await stored("realm", "current"))[0]?.longestTokenMs).toBe(86_400_000);
    await keys.rotate("realm", CALLER);
    harness.clock.advance({ hours: 23, minutes: 59 });
    await harness.restart();
    expect(await look(harness.hub.keys, jwt, ALL)).not.toBeNull();
  });

  /** The window of a retired key is an end: its private part may have been the reason to rotate. */
  test("a token of a retired key whose window is over is refused even if its exp is later", async () => {
    const [current] = await stored("realm", "current");
    const jwt = await signFor("realm", 86_400);
    await keys.rotate("realm", CALLER);
    await harness.context.store.write(async (writes) => {
      await writes.keys.update(current?.id as string, { longestTokenMs: 1000 });
      writes.announce({ of: "keys" });
    });
    harness.clock.advance({ seconds: 61 });
    expect(await look(keys, jwt, ALL)).toBeNull();
  });

  test("the audit names who rotated what", async () => {
    const [next] = await stored("registry", "next");
    await keys.rotate("registry", CALLER);
    const [event] = await rotations();
    expect(event).toMatchObject({
      actor: "anonymous",
      address: "192.0.2.7",
      details: { purpose: "registry", current: next?.thumbprint },
    });
  });

  test("rotations at the same moment leave one key that signs and one ahead", async () => {
    await Promise.all([keys.rotate("realm", CALLER), otherNode().rotate("realm", CALLER)]);
    expect(await stored("realm", "current")).toHaveLength(1);
    expect(await stored("realm", "next")).toHaveLength(1);
    expect(await stored("realm", "retired")).toHaveLength(2);
  });
});

describe("ordinary signing", () => {
  test("writes nothing", async () => {
    const before = await harness.context.store.read.keys.list();
    for (let count = 0; count < 5; count += 1) {
      harness.clock.advance({ ms: 137 });
      await signFor("realm", 900);
    }
    expect(await harness.context.store.read.keys.list()).toEqual(before);
  });
});

describe("what is published", () => {
  test("holds no private part, and neither does the store in the clear", async () => {
    const text = JSON.stringify(await keys.jwks(KEY_PURPOSES));
    expect(text).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
    for (const key of await harness.context.store.read.keys.list()) {
      expect(() => createPrivateKey({ key: key.sealedPrivate, format: "der", type: "pkcs8" })).toThrow();
      expect(key.publicPem).not.toContain("PRIVATE");
    }
  });

  test("as PEM verifies the current tokens", async () => {
    const jwt = await signFor("zen", 60);
    const [header, claims, signature] = jwt.split(".") as [string, string, string];
    const pem = await keys.publicPem("zen");
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(
      verify("sha256", Buffer.from(`${header}.${claims}`), pem, Buffer.from(signature, "base64url")),
    ).toBe(true);
  });

  test("as certificates holds the keys that sign, will sign and have signed, each under a name of its own", async () => {
    await keys.rotate("registry", CALLER);
    const bundle = await keys.certificates("registry");
    const read = (bundle.match(/-----BEGIN.+?END CERTIFICATE-----/gs) ?? []).map(
      (pem) => new X509Certificate(pem),
    );
    expect(new Set(read.map(({ subject }) => subject)).size).toBe(3);
    expect(read.every((certificate) => certificate.verify(certificate.publicKey))).toBe(true);
    expect(await keys.certificates("realm")).toBe("");
  });
});

describe("a registry token", () => {
  test("names its key in the libtrust way and brings its certificate", async () => {
    const claims = { exp: nowSeconds() + 300 };
    const jwt = await keys.sign("registry", (key) => registryHeader(key, "libtrust"), claims);
    const header = decodeProtectedHeader(jwt);
    const certificate = new X509Certificate(Buffer.from(header.x5c?.[0] as string, "base64"));
    const [current] = await stored("registry", "current");
    expect(certificate.publicKey.equals(createPublicKey(current?.publicPem as string))).toBe(true);
    expect(header.kid).toBe(libtrustFingerprint(certificate.publicKey));
    expect(await look(keys, jwt, { purposes: ["registry"] })).not.toBeNull();
  });

  test("names its key by thumbprint alone for registries that have a JWK set", async () => {
    const claims = { exp: nowSeconds() + 300 };
    const jwt = await keys.sign("registry", (key) => registryHeader(key, "rfc7638"), claims);
    const header = decodeProtectedHeader(jwt);
    const [current] = await stored("registry", "current");
    expect(header).toEqual({ alg: "ES256", typ: "JWT", kid: current?.thumbprint });
    expect(await look(keys, jwt, { purposes: ["registry"] })).not.toBeNull();
  });
});

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { invariant } from "../errors.ts";
import type { Entropy } from "../world.ts";
import { SECRET_LENGTH } from "./format.ts";
import { HmacSha256 } from "./hmac.ts";
import type { Secret } from "./secret.ts";

/**
 * A digest of 32 bytes and the version of the master key that made it, so that the master key can be rotated.
 */
export class Digest {
  readonly keyVersion: number;
  /**
   * The bytes as latin1 text. Memory is searched by it: text costs the collector nothing, a Buffer has memory
   * outside the heap.
   */
  readonly key: string;

  constructor(keyVersion: number, key: string) {
    this.keyVersion = keyVersion;
    this.key = key;
  }

  static of(keyVersion: number, bytes: Buffer): Digest {
    return new Digest(keyVersion, bytes.toString("latin1"));
  }

  get bytes(): Buffer {
    return Buffer.from(this.key, "latin1");
  }
}

/** The HMAC key of digests that one version of the master key gives. */
interface DigestKey {
  readonly version: number;
  readonly hmac: HmacSha256;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The versions of the master key at hand. */
export interface MasterKeys {
  /** The version that new digests and seals should be made under. */
  readonly current: number;
  /** 32 bytes for each version (1, 2, …). */
  readonly keys: ReadonlyMap<number, Buffer>;
}

/**
 * Everything derived from the master keys: the HMAC key of digests, the AES-256-GCM key of sealed values, the
 * key of CSRF tokens. Each purpose has its own key (HKDF-SHA-256, RFC 5869), so that no output of one can be
 * used as input of another. Versions come and go while the server runs; one of them is current, the others
 * are only read with.
 */
export class Keyring {
  #current: number;
  #masters: ReadonlyMap<number, Buffer>;
  #derived = new Map<string, Buffer>();
  /** The current one first. */
  #digestKeys: readonly DigestKey[] = [];

  constructor({ current, keys }: MasterKeys) {
    this.#current = current;
    this.#masters = keys;
    this.#arrange();
  }

  static of(master: Buffer): Keyring {
    return new Keyring({ current: 1, keys: new Map([[1, master]]) });
  }

  get currentVersion(): number {
    return this.#current;
  }

  /** The current one first, then the newest. */
  get versions(): readonly number[] {
    return this.#digestKeys.map(({ version }) => version);
  }

  /** Exchanges the versions at hand. The current one stays, and must be among them. */
  learn(keys: ReadonlyMap<number, Buffer>): void {
    invariant(keys.has(this.#current), "the current version of the master key stays");
    this.#masters = keys;
    this.#derived = new Map();
    this.#arrange();
  }

  /** From now on digests and seals are made under this version, which must be at hand. */
  use(version: number): void {
    invariant(this.#masters.has(version), "a version that is used is at hand");
    this.#current = version;
    this.#arrange();
  }

  #arrange(): void {
    const order = [...this.#masters.keys()].sort((a, b) => this.#rank(b) - this.#rank(a));
    this.#digestKeys = order.map((version) => ({
      version,
      hmac: new HmacSha256(this.#derive("secret-digest", version), SECRET_LENGTH),
    }));
  }

  #rank(version: number): number {
    return version === this.#current ? Number.POSITIVE_INFINITY : version;
  }

  /** The digest that is stored for a secret: HMAC-SHA-256 under the current key. 32 bytes. */
  digest(secret: Secret): Digest {
    const [current] = this.#digestKeys as [DigestKey];
    return digestUnder(current, secret);
  }

  /** The digests a presented secret may be stored under, the current key first. */
  digests(secret: Secret): readonly Digest[] {
    return this.#digestKeys.map((key) => digestUnder(key, secret));
  }

  /**
   * A MAC of our own text for one purpose, e.g. a CSRF token over a session id, under the current version.
   * base64url.
   */
  mac(purpose: string, text: string): string {
    return this.macUnder(this.#current, purpose, text);
  }

  /**
   * True if this is the MAC of the text under any version at hand. Takes the same time wherever the two
   * differ.
   */
  isMac(presented: string, purpose: string, text: string): boolean {
    const actual = Buffer.from(presented);
    return this.versions.some((version) => {
      const expected = Buffer.from(this.macUnder(version, purpose, text));
      return actual.length === expected.length && timingSafeEqual(actual, expected);
    });
  }

  /** The MAC under one version at hand. */
  macUnder(version: number, purpose: string, text: string): string {
    return createHmac("sha256", this.#derive(`mac:${purpose}`, version))
      .update(text)
      .digest("base64url");
  }

  /**
   * Seals bytes for `context` (AES-256-GCM): version, nonce, ciphertext, tag. The context is authenticated,
   * not stored.
   */
  seal(plain: Buffer, context: string, entropy: Entropy): Buffer {
    const nonce = entropy.bytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#derive("seal", this.#current), nonce);
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from([this.#current]), nonce, body, cipher.getAuthTag()]);
  }

  /** Opens a sealed value of the same context. Throws if key, context or bytes differ. */
  unseal(sealed: Buffer, context: string): Buffer {
    const version = sealed[0] ?? 0;
    const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
    const body = sealed.subarray(1 + NONCE_BYTES, sealed.length - TAG_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", this.#derive("seal", version), nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    return Buffer.concat([decipher.update(body), decipher.final()]);
  }

  /**
   * A value that tells two master keys apart without telling anything of them; stored to notice a wrong key
   * at start.
   */
  fingerprint(version: number): string {
    return this.#derive("fingerprint", version).toString("base64url");
  }

  #derive(purpose: string, version: number): Buffer {
    const name = `${purpose}/${version}`;
    const known = this.#derived.get(name);
    if (known) {
      return known;
    }
    const master = this.#masters.get(version);
    if (!master) {
      throw new Error(`no master key of version ${version}`);
    }
    const key = Buffer.from(hkdfSync("sha256", master, Buffer.alloc(0), `mintmark/${name}`, 32));
    this.#derived.set(name, key);
    return key;
  }
}

function digestUnder({ version, hmac }: DigestKey, secret: Secret): Digest {
  return new Digest(version, hmac.digest(secret.reveal()));
}

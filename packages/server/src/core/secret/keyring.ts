import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
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

/**
 * Everything derived from the master keys: the HMAC key of digests, the AES-256-GCM key of sealed values, the
 * key of CSRF tokens. Each purpose has its own key (HKDF-SHA-256, RFC 5869), so that no output of one can be
 * used as input of another.
 */
export class Keyring {
  readonly currentVersion: number;
  readonly #masters: ReadonlyMap<number, Buffer>;
  readonly #derived = new Map<string, Buffer>();
  /** The current one first. */
  readonly #digestKeys: readonly DigestKey[];

  /**
   * `masters` maps versions (1, 2, …) to 32-byte keys; the highest is current, the others are only read with.
   */
  constructor(masters: ReadonlyMap<number, Buffer>) {
    this.#masters = masters;
    this.currentVersion = Math.max(...masters.keys());
    this.#digestKeys = [...masters.keys()]
      .sort((a, b) => b - a)
      .map((version) => ({
        version,
        hmac: new HmacSha256(this.#derive("secret-digest", version), SECRET_LENGTH),
      }));
  }

  static of(master: Buffer): Keyring {
    return new Keyring(new Map([[1, master]]));
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

  /** A MAC of text for one purpose, e.g. a CSRF token over a session id. base64url. */
  mac(purpose: string, text: string): string {
    return createHmac("sha256", this.#derive(`mac:${purpose}`, 1))
      .update(text)
      .digest("base64url");
  }

  /**
   * Seals bytes for `context` (AES-256-GCM): version, nonce, ciphertext, tag. The context is authenticated,
   * not stored.
   */
  seal(plain: Buffer, context: string, entropy: Entropy): Buffer {
    const nonce = entropy.bytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#derive("seal", this.currentVersion), nonce);
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from([this.currentVersion]), nonce, body, cipher.getAuthTag()]);
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

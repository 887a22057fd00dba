import { createPrivateKey, type KeyObject } from "node:crypto";
import { type Actor, SYSTEM } from "../audit/events.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext, Policy } from "../context.ts";
import { invariant } from "../errors.ts";
import { ask, type Looked, Undecided, whenKnown } from "../looked.ts";
import { requireStanding } from "../standing.ts";
import type { Change, Writes } from "../store.ts";
import { type PublicJwk, publicJwk } from "./jwk.ts";
import { encodePart, isInTime, isNumericDate, isSignedBy, type JwtPart, parseJwt, signJwt } from "./jwt.ts";
import { isPublished, type KeySet, type LoadedKey, loadKeys, type SigningIdentity } from "./key-set.ts";
import { algorithmOf, makeSigningKey, sealingContext } from "./make-key.ts";
import type { OwnClaims, SharedClaims } from "./shared-claims.ts";
import type { KeyPurpose, SigningKeyRecord } from "./signing-key.ts";

/** @internal exported for tests */
export const KEY_PURPOSES: readonly KeyPurpose[] = ["realm", "registry", "zen"];

/** The header besides `alg`, which is the key's. `kid` is the thumbprint unless given here. */
export type HeaderExtras = JwtPart & { readonly alg?: never; readonly crit?: never };

type Extras = HeaderExtras | ((key: SigningIdentity) => HeaderExtras);

/** A token that is about to be signed. */
interface Unsigned {
  readonly extras: Extras;
  readonly claims: JwtPart & OwnClaims;
  readonly shared: SharedClaims | undefined;
}

export interface VerifiedJwt {
  readonly purpose: KeyPurpose;
  readonly header: JwtPart;
  readonly claims: JwtPart;
}

/**
 * The keys that our tokens are signed with. Each purpose has a current key that signs, a next one that is
 * published already, so that verifiers know it before it signs, and retired ones that stay published until
 * the last of their tokens has died.
 */
export class SigningKeys {
  readonly #context: HubContext;
  readonly #privateKeys = new Map<string, KeyObject>();
  /** Encoded headers, each for the key that signed with it last. */
  readonly #headers = new WeakMap<HeaderExtras, { readonly key: LoadedKey; readonly text: string }>();
  #known: KeySet | null = null;
  #changes = 0;

  constructor(context: HubContext) {
    this.#context = context;
    context.store.onChange((change) => this.#apply(change));
  }

  /**
   * Creates missing keys and removes expired ones; called at start, by any number of nodes at once. Throws if
   * a current key cannot be opened with the master key.
   */
  async ensure(): Promise<void> {
    const { policy, store } = this.#context;
    const stored = await store.read.keys.list();
    const missing = findMissing(stored, policy);
    const made = await Promise.all(
      missing.map(({ purpose, state }) => makeSigningKey(this.#context, purpose, state)),
    );
    if (made.length > 0) {
      await this.#context.store.write((writes) => this.#insertMissing(writes, made));
    }
    await this.removeDead();
    for (const key of (await ask(this.#keys())).all.filter(({ record }) => record.state === "current")) {
      this.#privateKey(key.record);
    }
  }

  /**
   * A compact JWT signed by the current key of that purpose. `claims` must hold an `exp` in whole seconds;
   * the token has those of `shared` too. It is made only when the key is sure to stay published for the
   * lifetime of the token; throws, now or when asked, `store_unavailable` if that cannot be ensured. `extras`
   * that are the same object each time are encoded once.
   */
  lookSigned(purpose: KeyPurpose, extras: Extras, claims: JwtPart): Looked<string>;
  lookSigned(purpose: KeyPurpose, extras: Extras, claims: OwnClaims, shared: SharedClaims): Looked<string>;
  lookSigned(
    purpose: KeyPurpose,
    extras: Extras,
    claims: JwtPart & OwnClaims,
    shared?: SharedClaims,
  ): Looked<string> {
    return whenKnown(this.#current(purpose), this.#signWith, { extras, claims, shared });
  }

  readonly #signWith = (key: LoadedKey, token: Unsigned): Looked<string> =>
    whenKnown(this.#recordLifetime(key.record, token.claims), this.#signNow, { key, token });

  readonly #signNow = (
    _recorded: undefined,
    { key, token }: { readonly key: LoadedKey; readonly token: Unsigned },
  ): Looked<string> => {
    const { extras, claims, shared } = token;
    const header = this.#headerOf(key, typeof extras === "function" ? extras(key) : extras);
    return signJwt(
      this.#privateKey(key.record),
      header,
      shared ? shared.encodeWith(claims) : encodePart(claims),
    );
  };

  /** `lookSigned` for callers that can wait. */
  async sign(purpose: KeyPurpose, extras: Extras, claims: JwtPart): Promise<string> {
    return ask(this.lookSigned(purpose, extras, claims));
  }

  /**
   * The content of one of our own tokens; null unless it is of these purposes, in time, and signed by a key
   * that is still published. Never throws for faulty input; asking throws `store_unavailable` if the keys
   * cannot be read.
   */
  look(jwt: string, want: { readonly purposes: readonly KeyPurpose[] }): Looked<VerifiedJwt | null> {
    const parsed = parseJwt(jwt);
    const kid = parsed?.header["kid"];
    if (!parsed || typeof kid !== "string") {
      return null;
    }
    return whenKnown(this.#keys(), ({ byKid }) => {
      const now = this.#context.clock.now();
      const key = byKid.get(kid);
      if (!key || !want.purposes.includes(key.record.purpose) || !isPublished(key.record, now)) {
        return null;
      }
      const isGood =
        isInTime(parsed.claims, now) && isSignedBy(parsed, { ...key, algorithm: key.record.algorithm });
      return isGood ? { purpose: key.record.purpose, header: parsed.header, claims: parsed.claims } : null;
    });
  }

  /** Every key, also retired ones. */
  list(): Promise<readonly SigningKeyRecord[]> {
    return this.#context.store.read.keys.list();
  }

  /** The `keys` of a JWK set: current, next and retired ones whose tokens may still live. */
  async jwks(purposes: readonly KeyPurpose[]): Promise<readonly PublicJwk[]> {
    const keys = await Promise.all(purposes.map((purpose) => this.#published(purpose)));
    return keys.flat().map(({ record, publicKey, thumbprint }) => ({
      ...publicJwk(publicKey),
      use: "sig",
      alg: record.algorithm,
      kid: thumbprint,
      // RFC 7517 §4 lets a key say more: our own verifier takes a realm's bearer by a realm's key only.
      mm_purpose: record.purpose,
    }));
  }

  /** The current public key, SubjectPublicKeyInfo in PEM. */
  async publicPem(purpose: KeyPurpose): Promise<string> {
    return (await ask(this.#current(purpose))).record.publicPem;
  }

  /** The certificates of all published keys, PEM after PEM; empty where the purpose has none. */
  async certificates(purpose: KeyPurpose): Promise<string> {
    return (await this.#published(purpose)).map((key) => key.certificatePem ?? "").join("");
  }

  /**
   * The next key begins to sign, the current one retires, and a new next one is published. To rotate again
   * before verifiers have fetched the new one makes those that never ask twice refuse its tokens.
   */
  async rotate(purpose: KeyPurpose, caller: Caller): Promise<void> {
    const made = await makeSigningKey(this.#context, purpose, "next");
    const actor = actorOf(caller);
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const now = this.#context.clock.now();
      const stored = await writes.keys.list(purpose);
      const current = stored.find(({ state }) => state === "current");
      const next = stored.find(({ state }) => state === "next");
      invariant(current && next, `there are a current and a next key for ${purpose}`);
      // In this order: the database allows one current and one next key a purpose.
      await writes.keys.update(current.id, { state: "retired", retiredAt: now });
      await writes.keys.update(next.id, { state: "current", activatedAt: now });
      await writes.keys.insert(made);
      await audit(writes, actor, purpose, { retired: current, current: next, next: made });
      writes.announce({ of: "keys" });
    });
    await this.removeDead();
  }

  /** Removes retired keys whose tokens have all died. How many there were. */
  async removeDead(): Promise<number> {
    const isDead = (key: SigningKeyRecord): boolean => !isPublished(key, this.#context.clock.now());
    if (!(await ask(this.#keys())).all.some(({ record }) => isDead(record))) {
      return 0;
    }
    return this.#context.store.write(async (writes) => {
      const dead = (await writes.keys.list()).filter(isDead);
      for (const { id } of dead) {
        await writes.keys.remove(id);
      }
      writes.announce({ of: "keys" });
      return dead.length;
    });
  }

  async #insertMissing(writes: Writes, made: readonly SigningKeyRecord[]): Promise<void> {
    const { clock, policy } = this.#context;
    const stored = await writes.keys.list();
    // Another node may have created them since.
    const missing = findMissing(stored, policy);
    for (const key of stored.filter(
      ({ purpose, state }) => state !== "retired" && isMissing(missing, purpose, state),
    )) {
      // A key of another algorithm: the current one retires, the next one has signed nothing.
      await (key.state === "current"
        ? writes.keys.update(key.id, { state: "retired", retiredAt: clock.now() })
        : writes.keys.remove(key.id));
    }
    const wanted = made.filter(({ purpose, state }) => isMissing(missing, purpose, state));
    for (const key of wanted) {
      await writes.keys.insert(key);
    }
    for (const purpose of KEY_PURPOSES) {
      const own = wanted.filter((key) => key.purpose === purpose);
      if (own.length > 0) {
        await audit(writes, SYSTEM, purpose, Object.fromEntries(own.map((key) => [key.state, key])));
      }
    }
    writes.announce({ of: "keys" });
  }

  /**
   * Records that the key has signed a longer token than any before. In whole seconds, so that jitter does not
   * look like growth.
   */
  #recordLifetime(key: SigningKeyRecord, claims: JwtPart): Looked<undefined> {
    const exp = claims["exp"];
    invariant(isNumericDate(exp), "a token that we sign has an exp in whole seconds");
    const lifeMs = Math.ceil(exp - this.#context.clock.now() / 1000) * 1000;
    return lifeMs <= key.longestTokenMs ? undefined : new Undecided(() => this.#writeLifetime(key, lifeMs));
  }

  async #writeLifetime(key: SigningKeyRecord, lifeMs: number): Promise<undefined> {
    await this.#context.store.write(async (writes) => {
      const stored = (await writes.keys.list(key.purpose)).find(({ id }) => id === key.id);
      if (stored && stored.longestTokenMs < lifeMs) {
        await writes.keys.update(key.id, { longestTokenMs: lifeMs });
        writes.announce({ of: "keys" });
      }
    });
  }

  #current(purpose: KeyPurpose): Looked<LoadedKey> {
    return whenKnown(this.#keys(), ({ all }) => {
      const key = all.find(({ record }) => record.purpose === purpose && record.state === "current");
      invariant(key, `there is a current key for ${purpose}`);
      return key;
    });
  }

  #headerOf(key: LoadedKey, extras: HeaderExtras): string {
    const known = this.#headers.get(extras);
    if (known?.key === key) {
      return known.text;
    }
    const text = encodePart({ alg: key.record.algorithm, typ: "JWT", kid: key.thumbprint, ...extras });
    this.#headers.set(extras, { key, text });
    return text;
  }

  async #published(purpose: KeyPurpose): Promise<readonly LoadedKey[]> {
    const now = this.#context.clock.now();
    return (await ask(this.#keys())).all.filter(
      ({ record }) => record.purpose === purpose && isPublished(record, now),
    );
  }

  #keys(): Looked<KeySet> {
    return this.#known && this.#context.store.hearsChanges()
      ? this.#known
      : new Undecided(() => this.#loadKeys());
  }

  async #loadKeys(): Promise<KeySet> {
    const { store } = this.#context;
    const before = this.#changes;
    const loaded = loadKeys(await store.read.keys.list());
    // A fill that raced a change loses, as in the credential index.
    if (before === this.#changes && store.hearsChanges()) {
      this.#known = loaded;
    }
    return loaded;
  }

  #privateKey(record: SigningKeyRecord): KeyObject {
    const known = this.#privateKeys.get(record.id);
    if (known) {
      return known;
    }
    const der = this.#context.keyring.unseal(record.sealedPrivate, sealingContext(record.id));
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    der.fill(0);
    this.#privateKeys.set(record.id, key);
    return key;
  }

  #apply(change: Change): void {
    if (change.of === "keys" || change.of === "everything") {
      this.#changes += 1;
      this.#known = null;
      this.#privateKeys.clear();
    }
  }
}

interface Place {
  readonly purpose: KeyPurpose;
  readonly state: "current" | "next";
}

/** The places without a key of the algorithm that the policy wants. */
function findMissing(stored: readonly SigningKeyRecord[], policy: Policy): readonly Place[] {
  return KEY_PURPOSES.flatMap((purpose): readonly Place[] => [
    { purpose, state: "current" },
    { purpose, state: "next" },
  ]).filter(({ purpose, state }) => {
    const algorithm = algorithmOf(purpose, policy);
    return !stored.some(
      (key) => key.purpose === purpose && key.state === state && key.algorithm === algorithm,
    );
  });
}

function isMissing(
  missing: readonly Place[],
  purpose: KeyPurpose,
  state: SigningKeyRecord["state"],
): boolean {
  return missing.some((place) => place.purpose === purpose && place.state === state);
}

async function audit(
  writes: Writes,
  actor: Actor,
  purpose: KeyPurpose,
  keys: Readonly<Partial<Record<SigningKeyRecord["state"], SigningKeyRecord>>>,
): Promise<void> {
  const kids = Object.fromEntries(Object.entries(keys).map(([state, key]) => [state, key.thumbprint]));
  await writes.audit.append({
    action: "key.rotate",
    actor,
    owner: null,
    credentialId: null,
    details: { purpose, ...kids },
  });
}

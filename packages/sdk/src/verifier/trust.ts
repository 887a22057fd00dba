import { createPublicKey, type JsonWebKey } from "node:crypto";
import { MintmarkError } from "../error.ts";
import { type Sending, send } from "../send.ts";
import type { VerifyingKey } from "./jwt.ts";
import { isWithin, type Moment, now } from "./moment.ts";

/** The hub's issuer and signing keys. */
export interface Trust {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: ReadonlyMap<string, VerifyingKey>;
}

export interface TrustOptions {
  readonly baseUrl: string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly sending: Sending;
}

/**
 * A retired key is dropped after this time at the latest; the hub itself allows its list to be cached as
 * long.
 */
const FRESH_MS = 5 * 60_000;
/**
 * While the hub cannot be reached, what it said last holds as long. Then nothing can be checked here any
 * more.
 */
const OLDEST_MS = 60 * 60_000;
/**
 * A bearer with an unknown key causes a new fetch, but not more often than this, however many such bearers
 * come.
 */
const ASK_AGAIN_MS = 10_000;
/** As long as nothing is known at all. */
const FIRST_AGAIN_MS = 1_000;
const KEYS_MAX = 32;
const RSA_BITS_MIN = 2_048;

/** The hub's keys and names, fetched when they are needed. */
export class TrustSource {
  readonly #options: TrustOptions;
  readonly #clock: () => Moment;
  #trust: Trust | null = null;
  #fetched: Moment | null = null;
  #tried: Moment | null = null;
  #failure: unknown = null;
  #loading: Promise<void> | null = null;

  constructor(options: TrustOptions, clock: () => Moment = now) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * The hub's keys and names, with the key of that id if there is one. Throws `MintmarkError` when they
   * cannot be had.
   */
  async withKey(kid: string): Promise<Trust> {
    if (!this.#isWithin(FRESH_MS) || !this.#trust?.keys.has(kid)) {
      await this.#askAgain();
    }
    const trust = this.#isWithin(OLDEST_MS) ? this.#trust : null;
    if (!trust || (this.#failure !== null && !trust.keys.has(kid))) {
      throw this.#failure;
    }
    return trust;
  }

  async #askAgain(): Promise<void> {
    const at = this.#clock();
    const pauseMs = this.#trust ? ASK_AGAIN_MS : FIRST_AGAIN_MS;
    if (this.#loading === null && this.#tried !== null && isWithin(pauseMs, this.#tried, at)) {
      return;
    }
    this.#tried = at;
    this.#loading ??= this.#load(at).finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  async #load(at: Moment): Promise<void> {
    try {
      this.#trust = await fetchTrust(this.#options);
      this.#fetched = at;
      this.#failure = null;
    } catch (error) {
      this.#failure = error;
    }
  }

  #isWithin(ms: number): boolean {
    return this.#fetched !== null && isWithin(ms, this.#fetched, this.#clock());
  }
}

async function fetchTrust({ baseUrl, sending, ...pinned }: TrustOptions): Promise<Trust> {
  const get = (path: string) =>
    send<Readonly<Record<string, unknown>> | null>(`${baseUrl}${path}`, { credentials: "omit" }, sending);
  // By the address that this service knows the hub by: the one in the metadata may be meant for others.
  const jwks = await get("/oauth/jwks");
  const issuer = pinned.issuer ?? (await get("/.well-known/oauth-authorization-server"))?.["issuer"];
  const keys = readKeys(jwks?.["keys"]);
  if (typeof issuer !== "string" || !keys) {
    throw new MintmarkError({
      code: "unexpected_answer",
      status: 200,
      message: "What answered is not a hub.",
    });
  }
  return { issuer, audience: pinned.audience ?? audienceOf(issuer), keys };
}

/** The realm's bearers are for the hub's public address, below which their issuer is. */
function audienceOf(issuer: string): string {
  return issuer.replace(/\/auth\/realms\/[^/]+$/, "");
}

function readKeys(given: unknown): ReadonlyMap<string, VerifyingKey> | null {
  if (!Array.isArray(given)) {
    return null;
  }
  const read = given
    .slice(0, KEYS_MAX)
    .flatMap((jwk: (JsonWebKey & { kid?: unknown; mm_purpose?: unknown }) | null) => {
      const key = jwk && readKey(jwk);
      return key && typeof jwk.kid === "string" ? [[jwk.kid, key] as const] : [];
    });
  return new Map(read);
}

/**
 * Signing keys of the two types that the hub has. The type decides the algorithm, so that no header can
 * choose another.
 */
function readKey(jwk: JsonWebKey & { readonly mm_purpose?: unknown }): VerifyingKey | null {
  const { kty, crv, use, alg, mm_purpose } = jwk;
  const algorithm = kty === "EC" && crv === "P-256" ? "ES256" : kty === "RSA" ? "RS256" : null;
  if (!algorithm || (use ?? "sig") !== "sig" || (alg ?? algorithm) !== algorithm) {
    return null;
  }
  try {
    const publicKey = createPublicKey({ key: jwk, format: "jwk" });
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? RSA_BITS_MIN;
    // A hub that does not name the purpose signs with ES256 for its realm and with RS256 for its IBM side.
    const named = mm_purpose ?? (algorithm === "ES256" ? "realm" : "zen");
    const purpose = named === "realm" || named === "zen" ? named : null;
    return bits >= RSA_BITS_MIN ? { publicKey, algorithm, purpose } : null;
  } catch {
    return null;
  }
}

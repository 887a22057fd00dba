import { hash } from "node:crypto";
import { readAddress } from "../address.ts";
import { type AskedScope, readAsked } from "./asked.ts";
import { openHubCalls, type ServiceCredentials } from "./hub-calls.ts";
import { checkLocally } from "./local-check.ts";
import { Memory } from "./memory.ts";
import { now } from "./moment.ts";
import { type Presented, readPresented } from "./presented.ts";
import { Questions } from "./questions.ts";
import { permits, type Scope } from "./scope.ts";
import { OFFLINE_MARK } from "./secret-format.ts";
import { TrustSource } from "./trust.ts";
import type { Known, Verdict } from "./verdict.ts";

export type { AskedScope } from "./asked.ts";
export type { ServiceCredentials } from "./hub-calls.ts";
export { isSecret } from "./secret-format.ts";
export type { Caller, Verdict } from "./verdict.ts";

export interface VerifierOptions {
  /** The hub's address as this service reaches it, with its path prefix if it has one. */
  readonly baseUrl: string;
  /**
   * How the service shows itself to ask. May be left out with `local`: secrets are then `inactive`, all of
   * them.
   */
  readonly credentials?: ServiceCredentials;
  /**
   * Checks bearers (JWTs) locally by the hub's published keys and asks only about secrets. A revoked bearer
   * then passes until it expires: at most the hub's `MINTMARK_ACCESS_TOKEN_LIFETIME` (15 minutes), for IBM's
   * bearers `MINTMARK_ZEN_TOKEN_LIFETIME` (12 hours).
   */
  readonly local?: boolean | LocalOptions;
  /**
   * `seconds`: how long an answer is used, counted from the question, and so how much later than the hub
   * itself this service may notice a revocation. 0 to 60; default 1; 0 asks each time. `entries`: how many
   * good answers are kept, and separately how many bad ones; default 10,000.
   */
  readonly cache?: { readonly seconds?: number; readonly entries?: number };
  /** From question to answer; default 2 s. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

export interface LocalOptions {
  /** The `iss` that bearers must name. Default: the issuer in the hub's metadata. */
  readonly issuer?: string;
  /** The `aud` that bearers must name. Default: the hub's public address, from its issuer. */
  readonly audience?: string;
}

/**
 * The requirements of a request. Without `scope`, or with null, there are none: check the caller's `scopes`
 * yourself.
 */
export interface Question {
  readonly scope?: AskedScope | null;
}

export interface Verifier {
  /**
   * The verdict on an `Authorization` header for all of `scope`. A scope that cannot be read, or is
   * `undefined` by mistake, is held by nobody. "No" is a value; throws `MintmarkError` if the hub cannot
   * tell, and then the caller must deny.
   */
  verify(authorization: string | null | undefined, question?: Question): Promise<Verdict>;
  /** Returns the cached verdict synchronously, or null if the hub must be asked. */
  verifyFromMemory(authorization: string | null | undefined, question?: Question): Verdict | null;
}

/** The user name that stands for "an app token". */
const APP_USER = "$app";
const CACHE_SECONDS_MAX = 60;
const CACHE_ENTRIES_MAX = 1_000_000;
const TIMEOUT_MS_MAX = 60_000;

/**
 * Throws `TypeError` or `RangeError` for invalid options, `MintmarkError` (`unusable_bearer`) for a text that
 * is not a token.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return new HubVerifier(options);
}

class HubVerifier implements Verifier {
  readonly #questions: Questions | null;
  readonly #trust: TrustSource | null;
  /** Answers of the hub, and separately the claims of bearers: neither may stand in for the other. */
  readonly #told: Memory;
  readonly #read: Memory;

  constructor(options: VerifierOptions) {
    const { credentials, local = false, cache = {} } = options;
    const baseUrl = readBaseUrl(options.baseUrl);
    const lifeMs = within("cache.seconds", cache.seconds ?? 1, 0, CACHE_SECONDS_MAX) * 1000;
    const entries = within("cache.entries", cache.entries ?? 10_000, 1, CACHE_ENTRIES_MAX);
    const timeoutMs = within("timeoutMs", options.timeoutMs ?? 2_000, 1, TIMEOUT_MS_MAX);
    if (!credentials && !local) {
      throw new TypeError("a verifier needs credentials to ask the hub, or local: true");
    }
    const fetcher: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
    const sending = { fetch: fetcher, timeoutMs };
    this.#told = new Memory({ lifeMs, entries });
    this.#read = new Memory({ lifeMs, entries });
    this.#questions = credentials
      ? new Questions(openHubCalls(baseUrl, credentials, fetcher), { sharedMs: lifeMs, timeoutMs })
      : null;
    this.#trust = local
      ? new TrustSource({ baseUrl, sending, ...(typeof local === "object" ? local : {}) })
      : null;
  }

  async verify(authorization: string | null | undefined, question: Question = {}): Promise<Verdict> {
    const looked = this.#look(authorization, question);
    return "verdict" in looked ? looked.verdict : this.#ask(looked);
  }

  verifyFromMemory(authorization: string | null | undefined, question: Question = {}): Verdict | null {
    const looked = this.#look(authorization, question);
    return "verdict" in looked ? looked.verdict : null;
  }

  /** The verdict as far as it is known without asking. */
  #look(
    authorization: string | null | undefined,
    question: Question,
  ): { readonly verdict: Verdict } | Undecided {
    const presented = readPresented(authorization);
    if (presented.form === "nothing") {
      return { verdict: { active: false, reason: presented.reason } };
    }
    if (presented.form === "secret" && presented.mark === OFFLINE_MARK) {
      return { verdict: INACTIVE };
    }
    const asked = "scope" in question ? readAsked(question.scope) : [];
    const open = { presented, asked, digest: hash("sha256", presented.text, "base64") };
    const isRead = presented.form === "jwt" && this.#trust !== null;
    const known = (isRead ? this.#read : this.#told).recall(open.digest, now());
    const verdict = known === undefined ? null : judge(known, open);
    return verdict === null || (isRead && this.#mustAsk(verdict, open)) ? open : { verdict };
  }

  async #ask(open: Undecided): Promise<Verdict> {
    if (open.presented.form === "jwt" && this.#trust) {
      const verdict = judge(await this.#readBearer(open, this.#trust), open);
      if (!this.#mustAsk(verdict, open)) {
        return verdict;
      }
    }
    return judge(await this.#askHub(open), open);
  }

  /**
   * A bearer's own claim is incomplete: IBM's names no scopes, long lists are cut, and grants are added
   * later.
   */
  #mustAsk(verdict: Verdict, { asked }: Undecided): boolean {
    return (
      this.#questions !== null && asked !== null && !verdict.active && verdict.reason === "insufficient_scope"
    );
  }

  async #readBearer({ digest, presented }: Undecided, source: TrustSource): Promise<Known | null> {
    const at = now();
    const remembered = this.#read.recall(digest, at);
    if (remembered !== undefined) {
      return remembered;
    }
    const known = await checkLocally(presented.text, source, at.wall);
    this.#read.keep(digest, known, at);
    return known;
  }

  async #askHub({ digest, presented }: Undecided): Promise<Known | null> {
    const remembered = this.#told.recall(digest, now());
    if (remembered !== undefined || !this.#questions) {
      return remembered ?? null;
    }
    const { known, askedAt } = await this.#questions.ask(digest, presented.text);
    this.#told.keep(digest, known, askedAt);
    return known;
  }
}

/** A question on its way to a verdict. */
interface Undecided {
  readonly presented: Exclude<Presented, { form: "nothing" }>;
  readonly digest: string;
  readonly asked: readonly Scope[] | null;
}

const INACTIVE: Verdict = { active: false, reason: "inactive" };

function judge(known: Known | null, { presented, asked }: Undecided): Verdict {
  if (!known || !belongsTo(known, presented)) {
    return INACTIVE;
  }
  const { caller, held } = known;
  return asked?.every((scope) => permits(held, scope))
    ? { active: true, caller }
    : { active: false, reason: "insufficient_scope", caller };
}

/**
 * A user name sent with the secret must be its owner's, ignoring case; `$app` stands for any app token
 * (Quay).
 */
function belongsTo({ caller }: Known, presented: Undecided["presented"]): boolean {
  if (presented.form === "jwt" || presented.username === null) {
    return true;
  }
  return presented.username === APP_USER
    ? caller.kind === "app_token"
    : caller.username.toLowerCase() === presented.username.toLowerCase();
}

/** A service has no page that an address could be relative to. */
function readBaseUrl(text: string): string {
  if (!/^https?:/i.test(text)) {
    throw new TypeError("baseUrl is not an http or https address");
  }
  return readAddress(text);
}

function within(name: string, value: number, min: number, max: number): number {
  if (!(value >= min && value <= max)) {
    throw new RangeError(`${name} must be ${min} to ${max}`);
  }
  return value;
}

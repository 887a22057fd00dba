import { addressKey, NOT_AN_ADDRESS } from "../address-key.ts";
import { AuditAllowance } from "../audit/allowance.ts";
import { hashTurnOf, type Origin, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import type { Secret } from "../secret/secret.ts";
import type { HashTurn } from "../world.ts";
import { type Account, usernameKey } from "./account.ts";
import { AttemptQueue } from "./attempt-queue.ts";
import { readBrowser } from "./known-browser.ts";
import {
  ADDRESSES_PER_ACCOUNT_MAX,
  type AttemptKeys,
  brakeOf,
  PER_ACCOUNT_MAX,
  PER_ADDRESS_MAX,
  tallyOf,
  tooMany,
} from "./login-tally.ts";
import type { Session } from "./session.ts";

const DAY_MS = 86_400_000;
/** Far more than the nodes can hash in a quarter of an hour; a bound all the same. */
const FAILURES_MAX = 100_000;
const TRIM_EVERY = 256;

export interface PasswordAttempt {
  readonly username: string;
  readonly origin: Origin;
  /** The mark that the browser kept from an earlier log-in. */
  readonly browser?: Secret | null | undefined;
  /** The session of a caller who gives the password again; a stranger has none. */
  readonly session?: Session | undefined;
}

/**
 * Judges every attempt to prove an identity by a password, at every endpoint and with every kind of check.
 * After 10 wrong ones in 15 minutes an account is closed, except to addresses and browsers that signed in to
 * it lately: each of those has 10 of its own, so that strangers cannot lock the owner out. After 100 wrong
 * ones an address is refused for every account that has failed from it. These refusals come before any hash.
 * The counts are in the store, so all nodes share them, and the write that records a wrong attempt decides
 * whether it was still one of the ten.
 */
export class PasswordAttempts {
  readonly #context: HubContext;
  readonly #queue = new AttemptQueue(PER_ACCOUNT_MAX);
  readonly #allowance: AuditAllowance;
  #failuresSinceTrim = 0;

  constructor(context: HubContext) {
    this.#context = context;
    this.#allowance = new AuditAllowance(context.clock);
  }

  /**
   * The account that `prove` returns; null means a wrong password. `known` is the local account of that name,
   * if there is one. Throws `invalid_login` also for a disabled account, `too_many_attempts`, `busy`, and
   * what `prove` throws, which then does not count as an attempt.
   */
  async judge(
    attempt: PasswordAttempt,
    known: Account | null,
    prove: (turn: HashTurn) => Promise<Account | null>,
  ): Promise<Account> {
    const keys = this.#keysOf(attempt, known);
    const turn = hashTurnOf(attempt.origin);
    const leave = await this.#queue.enter(turn, async () => {
      const { lane, failures } = await this.#requireUnbraked(keys, attempt, known);
      return { lane, failures: failures.length };
    });
    try {
      const proven = await prove(turn);
      if (!proven || proven.disabled) {
        throw await this.#fail(keys, attempt, known);
      }
      // Others may have failed while this one was hashed: a right guess after the tenth wrong one must tell
      // nothing either.
      const { hasFailedHere } = await this.#requireUnbraked(keys, attempt, known);
      await this.#succeed(keys, proven, hasFailedHere);
      return proven;
    } finally {
      leave();
    }
  }

  #keysOf({ username, origin, browser, session }: PasswordAttempt, known: Account | null): AttemptKeys {
    const mark = known && browser ? readBrowser(this.#context, browser, known) : null;
    return {
      // People type passwords into the name field, so an unknown name is never stored in clear.
      account: known?.id ?? this.#context.keyring.mac("login-name", usernameKey(username)),
      address: addressKey(origin.address),
      device: session ? `session:${session.id}` : mark,
    };
  }

  /** Throws `too_many_attempts`, and audits it as far as strangers may fill the audit. */
  async #requireUnbraked(keys: AttemptKeys, attempt: PasswordAttempt, known: Account | null) {
    const { clock, store } = this.#context;
    const tally = await tallyOf(store.read.logins, keys, clock.now());
    const brake = brakeOf(tally, clock.now());
    if (!brake) {
      return tally;
    }
    if (this.#allowance.admits(attempt.origin.address)) {
      await store.write((writes) => writes.audit.append(refusalOf(attempt, known, "too_many_attempts")));
    }
    throw brake;
  }

  /**
   * Records a wrong attempt and returns its refusal. One that other attempts overtook is told nothing and
   * counts no more.
   */
  async #fail(keys: AttemptKeys, attempt: PasswordAttempt, known: Account | null): Promise<HubError> {
    const refusal = await this.#context.store.write(async (writes) => {
      const now = this.#context.clock.now();
      const { failures, fromAddress } = await tallyOf(writes.logins, keys, now);
      const isClosed = tooMany(failures, PER_ACCOUNT_MAX, now);
      if (!isClosed) {
        await writes.logins.addFailure({ ...keys, at: now });
      }
      await writes.audit.append(refusalOf(attempt, known, isClosed ? "too_many_attempts" : reasonOf(known)));
      const heedsAddress = keys.device === null && keys.address !== NOT_AN_ADDRESS;
      return (
        isClosed ??
        (heedsAddress ? tooMany(fromAddress, PER_ADDRESS_MAX, now) : null) ??
        new HubError("invalid_login")
      );
    });
    await this.#trimNowAndThen();
    return refusal;
  }

  /** Keeps the number of failures within its bound, by a write of its own that holds up no other write. */
  async #trimNowAndThen(): Promise<void> {
    this.#failuresSinceTrim += 1;
    if (this.#failuresSinceTrim < TRIM_EVERY) {
      return;
    }
    this.#failuresSinceTrim = 0;
    const bounds = { account: PER_ACCOUNT_MAX, address: PER_ADDRESS_MAX };
    await this.#context.store
      .write((writes) => writes.logins.trimFailures(FAILURES_MAX, bounds), "apart")
      .catch(() => {
        // The attempt itself is recorded and answered; the next one trims.
        this.#failuresSinceTrim = TRIM_EVERY;
      });
  }

  /** Removes the failures from this address, and only those; stores the address, at most once a day. */
  async #succeed(keys: AttemptKeys, { id }: Account, hasFailedHere: boolean): Promise<void> {
    const { clock, store } = this.#context;
    const now = clock.now();
    const signedInAt = (await store.read.logins.signedInAt(id, keys.address)) ?? 0;
    const isNew = keys.address !== NOT_AN_ADDRESS && signedInAt <= now - DAY_MS;
    if (!hasFailedHere && !isNew) {
      return;
    }
    await store.write(async (writes) => {
      await writes.logins.forgetFailuresFrom(keys.account, keys);
      if (isNew) {
        await writes.logins.rememberAddress(id, keys.address, now, ADDRESSES_PER_ACCOUNT_MAX);
      }
    });
  }
}

/** The audit event. It does not contain an unknown name. */
function refusalOf({ origin, username }: PasswordAttempt, known: Account | null, reason: string) {
  return {
    action: "session.refuse",
    actor: { id: null, name: known?.username ?? "anonymous", address: origin.address, agent: origin.agent },
    owner: known && ownerOf(known),
    credentialId: null,
    details: { reason, known: known !== null, attempted: known ? usernameKey(username) : null },
  } as const;
}

function reasonOf(known: Account | null): string {
  if (!known) {
    return "unknown_user";
  }
  return known.disabled ? "account_disabled" : "wrong_password";
}

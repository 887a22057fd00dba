import { actorOf, type Caller, hashTurnOf, type Origin, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError, invariant } from "../errors.ts";
import { isId, newId } from "../ids.ts";
import { ask } from "../looked.ts";
import { MetricStream } from "../metric-stream.ts";
import { askDirectory } from "../provider/ask-directory.ts";
import type { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import type { HashTurn } from "../world.ts";
import { type Account, isUsername } from "./account.ts";
import { markBrowser } from "./known-browser.ts";
import { type PasswordChange, setOwnPassword } from "./own-password.ts";
import { checkNewPassword, hashPassword, PASSWORD_BYTES_MAX, verifyPassword } from "./password.ts";
import { type PasswordAttempt, PasswordAttempts } from "./password-attempts.ts";
import type { Session } from "./session.ts";
import { bearerOfCookie, drawCookie } from "./session-cookie.ts";

export interface OpenedSession {
  readonly session: Session;
  readonly account: Account;
  /** Good as a bearer, and nowhere as a cookie. */
  readonly secret: Secret;
  /** Good as a cookie, and nowhere as a bearer. */
  readonly cookie: Secret;
  /** For the browser to keep, see `markBrowser`. */
  readonly browser: Secret;
}

/** What a browser may present at a log-in. */
export interface ShownByBrowser {
  /** The cookie of its present session, active or not. */
  readonly earlier?: Secret | null;
  /** The mark of an earlier log-in. */
  readonly browser?: Secret | null;
}

/** A script that logs in anew each time ends its own oldest sessions. */
const SESSIONS_PER_ACCOUNT_MAX = 200;

/** Password log-ins and the sessions they open. */
export class Sessions {
  readonly #context: HubContext;
  readonly attempts: PasswordAttempts;
  /** How sign-ins came out. */
  readonly outcomes = new MetricStream<"sign_in" | "sign_in_refused">();
  /** A hash to compare with when there is no such account, so that both cases take the same time. */
  #decoy: Promise<string> | null = null;

  constructor(context: HubContext) {
    this.#context = context;
    this.attempts = new PasswordAttempts(context);
  }

  /**
   * The account of a name and password. Throws `invalid_login` for an unknown user, a wrong password and a
   * disabled account alike, `too_many_attempts`, `busy`. Refusals are audited.
   */
  async checkPassword(
    username: string,
    password: string,
    origin: Origin,
    from: Pick<PasswordAttempt, "browser" | "session"> = {},
  ): Promise<Account> {
    const known = isUsername(username)
      ? await this.#context.store.read.accounts.findByUsername(username)
      : null;
    const account = await this.attempts
      .judge({ username, origin, ...from }, known, (turn) =>
        this.#prove({ username, password, origin }, known, turn),
      )
      .catch((error: unknown) => {
        this.#countRefusal(error);
        throw error;
      });
    // After a restore an account disabled since the backup would be let in, but an administrator must be able
    // to sign in.
    if (account.role !== "admin") {
      this.#context.restored.require(account.createdAt);
    }
    return account.passwordHash !== null && this.#context.passwords.isOutdated(account.passwordHash)
      ? this.#rehash(account, password, hashTurnOf(origin))
      : account;
  }

  #countRefusal(error: unknown): void {
    if (error instanceof HubError && (error.code === "invalid_login" || error.code === "too_many_attempts")) {
      this.outcomes.publish("sign_in_refused");
    }
  }

  /** The local account of the name comes first; the directory is asked for its own and for unknown names. */
  async #prove(
    shown: { readonly username: string; readonly password: string; readonly origin: Origin },
    known: Account | null,
    turn: HashTurn,
  ): Promise<Account | null> {
    if (await this.#matches(known, shown.password, turn)) {
      return known?.suspendedAt === null ? known : null;
    }
    const isOfDirectory = isUsername(shown.username) && (known === null || known.provider === "ldap");
    return isOfDirectory ? askDirectory(this.#context, shown) : null;
  }

  /** Takes as long for an account that does not exist or has no password. */
  async #matches(known: Account | null, password: string, turn: HashTurn): Promise<boolean> {
    const isUsable = Buffer.byteLength(password) <= PASSWORD_BYTES_MAX;
    const phc = known?.passwordHash ?? (await this.#decoyHash());
    const matches = await verifyPassword(
      this.#context.passwords,
      { phc, password: isUsable ? password : "" },
      turn,
    );
    return matches && isUsable && known !== null && known.passwordHash !== null;
  }

  /**
   * Logs in and opens a session with a new id. The browser forgets the session that it presented, so that one
   * is ended. Throws like `checkPassword`.
   */
  async open(
    username: string,
    password: string,
    origin: Origin,
    { earlier = null, browser = null }: ShownByBrowser = {},
  ): Promise<OpenedSession> {
    const account = await this.checkPassword(username, password, origin, { browser });
    return this.openProven(account, origin, { earlier, browser }, null);
  }

  /**
   * Opens a session for somebody who has just proven to be this person, here or at the identity provider.
   * Throws `invalid_login` if the account ended meanwhile.
   */
  async openProven(
    account: Account,
    origin: Origin,
    { earlier = null }: ShownByBrowser,
    externalSid: string | null,
  ): Promise<OpenedSession> {
    const shown = earlier === null ? null : await this.bearerOfCookie(earlier);
    const left = shown === null ? null : await this.find(shown);
    const { clock, entropy, keyring, policy, store } = this.#context;
    const now = clock.now();
    const cookie = drawCookie(entropy);
    const secret = bearerOfCookie(keyring, cookie);
    invariant(secret, "a cookie that was just drawn has a bearer");
    const session: Session = {
      id: newId(clock, entropy),
      accountId: account.id,
      freshAt: now,
      createdAt: now,
      expiresAt: now + policy.sessionLifetimeMs,
      address: origin.address,
      agent: origin.agent,
      externalSid,
    };
    await store.write(async (writes) => {
      await this.#requireStillProven(writes, account);
      const { address, agent } = origin;
      const actor = { id: account.id, name: account.username, address, agent };
      if (left && (await writes.sessions.remove(left.session.id))) {
        await writes.audit.append({
          action: "session.end",
          actor,
          owner: ownerOf(left.account),
          credentialId: null,
          details: { session: left.session.id, followedBy: session.id },
        });
      }
      await writes.sessions.insert(session, keyring.digest(secret));
      const crowdedOut = await writes.sessions.removeOldest(account.id, SESSIONS_PER_ACCOUNT_MAX);
      await writes.audit.append({
        action: "session.create",
        actor,
        owner: ownerOf(account),
        credentialId: null,
        details: { session: session.id, ...(crowdedOut > 0 ? { crowdedOut } : {}) },
      });
    });
    this.outcomes.publish("sign_in");
    return { session, account, secret, cookie, browser: markBrowser(this.#context, account) };
  }

  /**
   * The bearer of the session that a cookie belongs to, or null for text that is not a cookie of the hub. A
   * session that was opened before the master key was rotated is found too.
   */
  async bearerOfCookie(cookie: Secret): Promise<Secret | null> {
    const { keyring } = this.#context;
    const [, ...former] = keyring.versions;
    const bearer = bearerOfCookie(keyring, cookie);
    if (former.length === 0 || !bearer || (await this.find(bearer))) {
      return bearer;
    }
    for (const version of former) {
      const earlier = bearerOfCookie(keyring, cookie, version);
      if (earlier && (await this.find(earlier))) {
        return earlier;
      }
    }
    return bearer;
  }

  /** The active session of a secret with its account, or null. */
  async find(secret: Secret): Promise<{ session: Session; account: Account } | null> {
    for (const digest of this.#context.keyring.digests(secret)) {
      const session = await this.#context.store.read.sessions.findByDigest(digest);
      if (session && session.expiresAt > this.#context.clock.now()) {
        const account = await ask(this.#context.index.account(session.accountId));
        return account && !account.disabled ? { session, account } : null;
      }
    }
    return null;
  }

  async close(session: Session, caller: Caller): Promise<void> {
    await this.#context.store.write(async (writes) => {
      if (await writes.sessions.remove(session.id)) {
        await writes.audit.append({
          action: "session.end",
          actor: actorOf(caller),
          owner: caller.account ? ownerOf(caller.account) : null,
          credentialId: null,
          details: { session: session.id },
        });
      }
    });
  }

  /** The caller's own active sessions, newest first; ids below `before`. */
  list(
    { account }: Caller,
    page: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly Session[]> {
    invariant(account, "somebody is signed in");
    const now = this.#context.clock.now();
    return this.#context.store.read.sessions.listOf(account.id, { ...page, now });
  }

  /** Ends one of the caller's own sessions. Throws `not_found`, also for another account's session. */
  async end(id: string, caller: Caller): Promise<void> {
    const { account } = caller;
    invariant(account, "somebody is signed in");
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      if (!isId(id) || !(await writes.sessions.removeOwn(account.id, id))) {
        throw new HubError("not_found");
      }
      await writes.audit.append({
        action: "session.end",
        actor: actorOf(caller),
        owner: ownerOf(account),
        credentialId: null,
        details: { session: id },
      });
    });
  }

  /** Ends all of the caller's own sessions but one; returns how many. */
  async endOthers(keptId: string | null, caller: Caller): Promise<number> {
    const { account } = caller;
    invariant(account, "somebody is signed in");
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const ended = await writes.sessions.removeOthers(account.id, keptId);
      if (ended > 0) {
        await writes.audit.append({
          action: "session.end",
          actor: actorOf(caller),
          owner: ownerOf(account),
          credentialId: null,
          details: { others: ended, kept: keptId },
        });
      }
      return ended;
    });
  }

  /**
   * Changes the caller's own password, which takes the current one, with the limits of a log-in. The other
   * sessions end and this one stays; credentials end only on request. Throws `invalid_login`,
   * `too_many_attempts`, `malformed_request`.
   */
  async changePassword(session: Session, change: PasswordChange, caller: Caller): Promise<void> {
    const { account } = caller;
    invariant(account, "somebody is signed in");
    checkNewPassword(change.newPassword, "newPassword");
    const proven = await this.checkPassword(account.username, change.currentPassword, caller.origin, {
      session,
    });
    if (proven.id !== account.id) {
      throw new HubError("invalid_login");
    }
    await setOwnPassword(this.#context, proven, session, change, caller);
  }

  /** The token that a browser must send along with the cookie: bound to the session, stored nowhere. */
  csrfToken(session: Session): string {
    return this.#context.keyring.mac("csrf", session.id);
  }

  isCsrfToken(session: Session, presented: string): boolean {
    return this.#context.keyring.isMac(presented, "csrf", session.id);
  }

  /**
   * Disabling and resetting must win over a log-in under way, since a hash takes its time. Throws
   * `invalid_login`.
   */
  async #requireStillProven(writes: Writes, account: Account): Promise<void> {
    const present = await writes.accounts.findById(account.id);
    const stands = present && !present.disabled && present.epoch === account.epoch;
    if (!stands || present.passwordHash !== account.passwordHash) {
      throw new HubError("invalid_login");
    }
  }

  /** Stores the same password hashed at today's cost, unless it was changed meanwhile. */
  async #rehash(account: Account, password: string, turn: HashTurn): Promise<Account> {
    const passwordHash = await hashPassword(this.#context.passwords, password, turn);
    return this.#context.store.write(async (writes) => {
      const present = await writes.accounts.findById(account.id);
      if (present?.passwordHash !== account.passwordHash) {
        return account;
      }
      await writes.accounts.update(account.id, { passwordHash });
      writes.announce({ of: "account", accountId: account.id });
      return { ...account, passwordHash };
    });
  }

  #decoyHash(): Promise<string> {
    this.#decoy ??= this.#context.passwords.hash(this.#context.entropy.bytes(16).toString("hex"));
    return this.#decoy;
  }
}

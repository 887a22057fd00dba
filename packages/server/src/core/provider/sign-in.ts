import { createHash } from "node:crypto";
import type { OpenedSession, Sessions, ShownByBrowser } from "../account/sessions.ts";
import { SYSTEM } from "../audit/events.ts";
import { type Origin, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { Secret } from "../secret/secret.ts";
import type { Writes } from "../store.ts";
import { acceptPerson } from "./accept-person.ts";
import type { LogoutNotice, OidcProvider, SignInAttempt } from "./ports.ts";

const ATTEMPT_LIFETIME_MS = 10 * 60_000;
const SEALING = "sign-in-attempt";
/** A cookie holds 4096 bytes, the sealed attempt among them. */
const RETURN_LENGTH_MAX = 2_500;

export interface StartedSignIn {
  readonly url: string;
  /** For the browser to keep until it comes back. */
  readonly attempt: Secret;
  /** Names the cookie, so that two sign-ins in two windows do not disturb each other. */
  readonly id: string;
  readonly seconds: number;
}

/** Sign-in at the organisation's own OpenID provider. */
export class ProviderSignIn {
  readonly #context: HubContext;
  readonly #sessions: Sessions;

  constructor(context: HubContext, sessions: Sessions) {
    this.#context = context;
    this.#sessions = sessions;
  }

  /** The provider's name for people, or null if there is none. */
  get name(): string | null {
    return this.#context.signIn.oidc?.name ?? null;
  }

  /** False if pages do not offer the local form. */
  get offersLocal(): boolean {
    return this.#context.signIn.local === "on" || this.#context.signIn.oidc === null;
  }

  /**
   * Begins a sign-in. `fresh` asks the provider to check the person again unless it did so lately. Throws
   * `not_found` without a provider, `malformed_request` for a place that is not on this hub,
   * `provider_unavailable`.
   */
  async start({ returnTo, fresh }: { returnTo: string; fresh: boolean }): Promise<StartedSignIn> {
    const provider = this.#provider();
    const { clock, entropy, keyring, policy } = this.#context;
    const random = () => entropy.bytes(32).toString("base64url");
    const attempt: SignInAttempt = {
      state: random(),
      nonce: random(),
      verifier: random(),
      returnTo: readReturn(returnTo, policy.publicUrl),
      maxAgeSeconds: fresh ? Math.max(1, Math.floor(policy.freshLoginMs / 1000)) : null,
      startedAt: clock.now(),
    };
    const url = await provider.startUrl(attempt);
    const sealed = keyring.seal(Buffer.from(JSON.stringify(attempt)), SEALING, entropy);
    return {
      url,
      attempt: new Secret(sealed.toString("base64url")),
      id: attemptId(attempt.state),
      seconds: ATTEMPT_LIFETIME_MS / 1000,
    };
  }

  /**
   * Ends a sign-in: the person behind the callback is signed in. `shown` is the attempt that the browser
   * kept. Throws `sign_in_failed` for an answer that does not belong to the attempt, `sign_in_refused` for a
   * person who is not let in, `provider_unavailable`.
   */
  async finish(
    url: string,
    shown: Secret | null,
    origin: Origin,
    browser: ShownByBrowser,
  ): Promise<{ readonly opened: OpenedSession; readonly returnTo: string }> {
    const provider = this.#provider();
    const attempt = shown && this.#readAttempt(shown);
    if (!attempt) {
      throw new HubError("sign_in_failed", {
        explanation: "This sign-in is unknown, too old, or was ended already. Begin again.",
      });
    }
    const identity = await provider.finish(url, attempt);
    const rules = this.#setup().groups;
    const account = await acceptPerson(this.#context, { kind: "oidc", identity, rules }, origin);
    const opened = await this.#sessions.openProven(account, origin, browser, identity.sid);
    return { opened, returnTo: attempt.returnTo };
  }

  /**
   * Ends the sessions that the provider's log-out names, and no credential: all of the person, or the one
   * of that provider session. Throws `malformed_request` for a token that is bad or was shown before.
   */
  async logOut(token: string): Promise<void> {
    const notice = await this.#provider().readLogout(token);
    await this.#context.store.write(async (writes) => {
      const now = this.#context.clock.now();
      const id = createHash("sha256").update(`${notice.issuer} ${notice.id}`).digest("hex");
      if (!(await writes.links.noteLogout(id, notice.expiresAt, now))) {
        throw new HubError("malformed_request", { explanation: "This logout token was used before." });
      }
      const ended = await this.#endSessions(writes, notice);
      for (const owner of ended) {
        await writes.audit.append({
          action: "session.end",
          actor: { ...SYSTEM, name: "oidc" },
          owner,
          credentialId: null,
          details: { by: "identity provider", sid: notice.subject === null },
        });
      }
    });
  }

  async #endSessions(writes: Writes, notice: LogoutNotice) {
    if (notice.subject === null) {
      const ids = notice.sid === null ? [] : await writes.sessions.removeExternal(notice.sid);
      const accounts = await Promise.all(ids.map((id) => writes.accounts.findById(id)));
      return accounts.filter((account) => account !== null).map(ownerOf);
    }
    const link = await writes.links.find(notice.issuer, notice.subject);
    const account = link && (await writes.accounts.findById(link.accountId));
    if (!account) {
      return [];
    }
    await writes.sessions.removeOfAccount(account.id);
    return [ownerOf(account)];
  }

  #readAttempt(sealed: Secret): SignInAttempt | null {
    try {
      const plain = this.#context.keyring.unseal(Buffer.from(sealed.reveal(), "base64url"), SEALING);
      const attempt = JSON.parse(plain.toString("utf8")) as SignInAttempt;
      return attempt.startedAt + ATTEMPT_LIFETIME_MS > this.#context.clock.now() ? attempt : null;
    } catch {
      return null;
    }
  }

  #provider(): OidcProvider {
    return this.#setup().provider;
  }

  #setup() {
    const { oidc } = this.#context.signIn;
    if (!oidc) {
      throw new HubError("not_found");
    }
    return oidc;
  }
}

/** Names the cookie of an attempt. */
export function attemptId(state: string): string {
  return createHash("sha256").update(state).digest("hex").slice(0, 12);
}

/** A path on this hub, nothing that a browser could take for another host. Throws `malformed_request`. */
function readReturn(text: string, publicUrl: string): string {
  const isPath = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes("\\");
  const { origin } = new URL(publicUrl);
  if (!isPath || text.length > RETURN_LENGTH_MAX || new URL(text, origin).origin !== origin) {
    throw new HubError("malformed_request", {
      field: "return",
      explanation: "The place to return to is a path on this hub.",
    });
  }
  return text;
}

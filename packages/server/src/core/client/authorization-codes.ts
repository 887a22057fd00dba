import { createHash } from "node:crypto";
import type { Account } from "../account/account.ts";
import { Authority } from "../authority/authority.ts";
import { formatScope, type Scope } from "../authority/scope.ts";
import { actorOf, type Caller, type Origin, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import type { Issuance, Issued } from "../credential/issue.ts";
import { HubError } from "../errors.ts";
import { drawSecret } from "../secret/format.ts";
import type { Secret } from "../secret/secret.ts";
import { requireClientStands, requireStanding } from "../standing.ts";
import type { AuthorizationCode, Client } from "./client.ts";

const CODE_MARK = "mmu_";
/** An application redeems at once; RFC 6749 §4.1.2 allows ten minutes. */
const CODE_LIFETIME_MS = 60_000;
const DAY_MS = 86_400_000;
/** The longest, and for now the only, life of an access token that came by a consent page. */
export const APPLICATION_TOKEN_LIFETIME_MS = 30 * DAY_MS;
/** RFC 7636 §4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;
/** Stands for the challenge of a client that does without PKCE. */
const NO_CHALLENGE = "";
const TITLE_LENGTH_MAX = 255;
const INVALID_CODE = "The code is not valid here, or was used.";

export interface Consent {
  readonly client: Client;
  /** As it was registered, to the letter. */
  readonly redirectUri: string;
  readonly scopes: readonly Scope[];
}

/**
 * Applications that people consent to (RFC 6749 §4.1 with RFC 7636): a person says yes, the application gets
 * a code, the code an access token. The token is a personal token like any other: listed, titled after the
 * application, revocable, with an end.
 */
export class AuthorizationCodes {
  readonly #context: HubContext;
  readonly #issuance: Issuance;

  constructor(context: HubContext, issuance: Issuance) {
    this.#context = context;
    this.#issuance = issuance;
  }

  /**
   * The code for what the person has allowed. That it was the person, lately logged in, is decided before.
   */
  async allow(consent: Consent, codeChallenge: string | null, caller: Caller): Promise<Secret> {
    const { clock, entropy, keyring, store } = this.#context;
    const account = personOf(caller);
    const secret = drawSecret(entropy, CODE_MARK);
    const code: AuthorizationCode = {
      digest: keyring.digest(secret).bytes.toString("hex"),
      clientId: consent.client.id,
      accountId: account.id,
      accountEpoch: account.epoch,
      redirectUri: consent.redirectUri,
      scopes: consent.scopes,
      codeChallenge: codeChallenge ?? NO_CHALLENGE,
      expiresAt: clock.now() + CODE_LIFETIME_MS,
    };
    await store.write(async (writes) => {
      // A code of a removed client would be good for the one that is registered next under its id.
      await requireStanding(this.#context, writes, caller);
      await requireClientStands(writes, consent.client);
      await writes.clients.insertCode(code);
      await writes.audit.append(auditEntry("consent.give", consent, caller));
    });
    return secret;
  }

  /**
   * The access token at once, for Quay's implicit form. Throws `unauthorized_client` unless an administrator
   * allowed the application that: the token travels through the browser, and nothing proves who took it.
   */
  async allowImplicit(consent: Consent, caller: Caller): Promise<Issued> {
    if (!consent.client.implicit) {
      throw new HubError("unauthorized_client");
    }
    const account = personOf(caller);
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      await requireClientStands(writes, consent.client);
      await writes.audit.append(auditEntry("consent.give", consent, caller));
    });
    return this.#issue(consent.client, account, consent.scopes, caller);
  }

  async refuse(consent: Consent, caller: Caller): Promise<void> {
    await this.#context.store.write((writes) =>
      writes.audit.append(auditEntry("consent.refuse", consent, caller)),
    );
  }

  /**
   * The access token for a code, once. Throws `invalid_grant` for a code that is unknown, used, too old,
   * another application's, or not shown with the redirect URI and the verifier it was asked with; such a code
   * is used up all the same.
   */
  async redeem(
    client: Client,
    shown: { readonly code: Secret; readonly redirectUri: string; readonly verifier: string | null },
    origin: Origin,
  ): Promise<Issued> {
    const code = await this.#take(shown.code);
    const account = code ? await this.#context.store.read.accounts.findById(code.accountId) : null;
    const isGood =
      code !== null &&
      code.expiresAt > this.#context.clock.now() &&
      code.clientId === client.id &&
      code.redirectUri === shown.redirectUri &&
      (code.codeChallenge === NO_CHALLENGE
        ? shown.verifier === null && client.type === "confidential"
        : isProof(shown.verifier ?? "", code.codeChallenge));
    if (!isGood || !account || account.disabled || account.epoch !== code.accountEpoch) {
      throw new HubError("invalid_grant", { explanation: INVALID_CODE });
    }
    const proof = { by: "client", clientId: client.id, registeredAt: client.createdAt } as const;
    const caller = { account, authority: Authority.NOTHING, proof, origin };
    try {
      return await this.#issue(client, account, code.scopes, caller);
    } catch (error) {
      // RFC 6749 §5.2: a grant whose owner has ended meanwhile is not valid.
      throw error instanceof HubError && error.code === "unauthenticated"
        ? new HubError("invalid_grant", { explanation: INVALID_CODE, cause: error })
        : error;
    }
  }

  async #take(code: Secret): Promise<AuthorizationCode | null> {
    const { keyring, store } = this.#context;
    for (const { bytes } of keyring.digests(code)) {
      const taken = await store.write((writes) => writes.clients.takeCode(bytes.toString("hex")));
      if (taken) {
        return taken;
      }
    }
    return null;
  }

  #issue(client: Client, account: Account, scopes: readonly Scope[], caller: Caller): Promise<Issued> {
    const request = {
      kind: "personal_token",
      title: client.name.slice(0, TITLE_LENGTH_MAX),
      scopes: scopes.map(formatScope),
      expiresAt: this.#context.clock.now() + APPLICATION_TOKEN_LIFETIME_MS,
      client,
    } as const;
    return this.#issuance.issue(account, request, caller);
  }
}

function personOf({ account }: Caller): Account {
  if (!account) {
    throw new HubError("unauthenticated");
  }
  return account;
}

/**
 * RFC 7636 §4.6, S256. The verifier is as secret as the code, and both are spent by now: no need for constant
 * time.
 */
function isProof(verifier: string, challenge: string): boolean {
  return VERIFIER.test(verifier) && createHash("sha256").update(verifier).digest("base64url") === challenge;
}

function auditEntry(action: "consent.give" | "consent.refuse", { client, scopes }: Consent, caller: Caller) {
  return {
    action,
    actor: actorOf(caller),
    owner: caller.account ? ownerOf(caller.account) : null,
    credentialId: null,
    details: { clientId: client.id, scopes: scopes.map(formatScope), by: "consent page" },
  };
}

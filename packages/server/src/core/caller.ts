import type { Account } from "./account/account.ts";
import type { Session } from "./account/session.ts";
import { addressKey } from "./address-key.ts";
import type { Actor } from "./audit/events.ts";
import { Authority } from "./authority/authority.ts";
import type { Credential } from "./credential/credential.ts";
import { HubError } from "./errors.ts";
import type { HashTurn } from "./world.ts";

/** Where a request comes from, for the audit and for "last used". */
export interface Origin {
  readonly address: string | null;
  readonly agent: string | null;
  /** True if the caller has hung up and the answer has no reader. Absent if that cannot be known. */
  isGone?(): boolean;
}

/** The place of a caller in the queue for hashes. */
export function hashTurnOf(origin: Origin): HashTurn {
  return { lane: addressKey(origin.address), isGone: () => origin.isGone?.() === true };
}

/** How a caller proved who it is. */
export type Proof =
  | { readonly by: "nothing" }
  | { readonly by: "password"; readonly freshAt: number }
  | { readonly by: "session"; readonly session: Session; readonly carrier: "cookie" | "bearer" }
  /**
   * `derived` names the dialect's bearer that stands for the credential; null when the secret itself was
   * shown.
   */
  | { readonly by: "credential"; readonly credential: Credential; readonly derived: DerivedBearer | null }
  /** A bearer derived from a password: it stands for the account and ends with its sessions. */
  | {
      readonly by: "bearer";
      readonly derived: DerivedBearer;
      readonly madeAt: number;
      readonly expiresAt: number;
    }
  /** `registeredAt` tells a client from one that is registered later under the same id. */
  | { readonly by: "client"; readonly clientId: string; readonly registeredAt: number };

export type DerivedBearer = "realm" | "zen" | "zen_instance" | "client";

export interface Caller {
  readonly account: Account | null;
  readonly authority: Authority;
  readonly proof: Proof;
  readonly origin: Origin;
}

export function anonymousCaller(origin: Origin): Caller {
  return { account: null, authority: Authority.NOTHING, proof: { by: "nothing" }, origin };
}

/** The account that the caller acts for. Throws `forbidden` for a client and for a caller without a proof. */
export function requireAccount({ account }: Caller): Account {
  if (!account) {
    throw new HubError("forbidden");
  }
  return account;
}

export function actorOf(caller: Caller): Actor {
  return { id: caller.account?.id ?? null, name: nameOf(caller), ...caller.origin };
}

/** The name of a caller in the audit and in the log. */
export function nameOf({ account, proof }: Caller): string {
  return account?.username ?? (proof.by === "client" ? `client:${proof.clientId}` : "anonymous");
}

/** The owner as it stands in an audit entry. */
export function ownerOf(account: Account): { readonly id: string; readonly username: string } {
  return { id: account.id, username: account.username };
}

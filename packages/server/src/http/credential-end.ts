import type { Caller } from "../core/caller.ts";
import type { Credential } from "../core/credential/credential.ts";
import type { Hub } from "../core/hub.ts";
import { isoWriter } from "./iso-time.ts";

const isoTime = isoWriter();

/** Scripts read from it when they need a new credential. */
export const CREDENTIAL_EXPIRES = "mintmark-credential-expires";

/** The credential of an identified request: the one presented, or the parent of a derived bearer. */
export interface ShownCredential {
  credential: Credential | null;
}

/** Remembers the caller's credential for the headers of the answer. */
export function recordShown(shown: ShownCredential, { proof }: Caller): void {
  shown.credential = proof.by === "credential" ? proof.credential : null;
}

/**
 * The value of the header: when the credential expires, counted from this use. Null without a credential and
 * for one that does not expire.
 */
export function expiresHeader(hub: Hub, { credential }: ShownCredential): string | null {
  const at = credential === null ? null : hub.credentials.nearestEnd(credential);
  return at === null ? null : isoTime(at);
}

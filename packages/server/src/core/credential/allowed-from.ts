import type { Caller } from "../caller.ts";
import { isAllowedFrom } from "./addresses.ts";
import type { Credential } from "./credential.ts";
import { refuseInactive, type Verdict } from "./verify.ts";

type Refused = Extract<Verdict, { active: false }>;

/** The verdict for a secret that was shown from this address. */
export function allowedFrom(verdict: Verdict, address: string | null): Verdict {
  return verdict.active && !isAllowedFrom(verdict.credential, address)
    ? notAllowed(verdict.credential)
    : verdict;
}

/**
 * Throws `credential_inactive` if the caller shows a bearer whose credential is not good from the caller's
 * address.
 */
export function requireAllowedFrom({ proof, origin }: Caller): void {
  if (proof.by === "credential" && !isAllowedFrom(proof.credential, origin.address)) {
    throw refuseInactive(notAllowed(proof.credential));
  }
}

function notAllowed(credential: Credential): Refused {
  return { active: false, reason: "address", ending: { reason: "address", at: 0 }, credential };
}

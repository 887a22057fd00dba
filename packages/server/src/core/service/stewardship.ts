import type { Account } from "../account/account.ts";
import { HUB_AUDIT } from "../authority/authority.ts";
import type { Caller } from "../caller.ts";
import { HubError } from "../errors.ts";
import type { Reads } from "../store.ts";

/**
 * What a caller is to a service. Administrators and auditors see every service, others only those they are
 * stewards of.
 */
export interface Stewardship {
  readonly service: Account;
  readonly isSteward: boolean;
  readonly isAdministrator: boolean;
}

/**
 * Throws `not_found` for an unknown service and for one that the caller may not see.
 */
export async function findStewardship(reads: Reads, name: string, caller: Caller): Promise<Stewardship> {
  const service = await reads.accounts.findByUsername(name);
  const account = caller.account && (await reads.accounts.findById(caller.account.id));
  if (service?.type !== "service" || !account || account.disabled) {
    throw new HubError("not_found");
  }
  const seesAll = account.role !== "member" && caller.authority.permits(HUB_AUDIT);
  const isSteward = await reads.services.isSteward(service.id, account.id);
  if (!seesAll && !isSteward) {
    throw new HubError("not_found");
  }
  return { service, isSteward, isAdministrator: seesAll && account.role === "admin" };
}

/** Throws `forbidden` for an administrator who is no steward: the creator of a secret sees it. */
export function requireSteward({ isSteward }: Stewardship): void {
  if (!isSteward) {
    throw new HubError("forbidden", { explanation: "Only a steward of the service may do this." });
  }
}

/** Throws `forbidden`. */
export function requireAdministrator({ isAdministrator }: Stewardship): void {
  if (!isAdministrator) {
    throw new HubError("forbidden", { explanation: "Only an administrator may do this." });
  }
}

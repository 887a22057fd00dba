import { parseRange, rangeKeys } from "../../core/address/range.ts";
import { HUB_AUDIT } from "../../core/authority/authority.ts";
import { type Caller, requireAccount } from "../../core/caller.ts";
import { KIND_NAMES, type Kind } from "../../core/credential/kinds.ts";
import type { CredentialFilter } from "../../core/credential/ports.ts";
import type { CredentialState } from "../../core/credential/state.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { malformed } from "../../core/malformed.ts";
import type { WireRequest } from "../../http/dialect.ts";
import { readFlag, readMoment, readSearch, readWord } from "./search.ts";
import { refuseUnknownParameters } from "./wire.ts";

const STATES: readonly CredentialState[] = ["active", "frozen", "expired", "revoked"];

/** What narrows a list of credentials, and what each parameter means. */
export const FILTER_QUERY = {
  kind: "one kind",
  owner: "user name, or * for everybody",
  state: "active, frozen, expired or revoked",
  instance: "instance id",
  unusedSince: "RFC 3339: not used since then; one that was never used counts from its creation",
  usedSince: "RFC 3339: used then or later",
  neverUsed: "true or false",
  createdSince: "RFC 3339: created then or later",
  expiresBy: "RFC 3339: expires then or earlier if it is not used",
  usedFrom: "CIDR or address: used from there, according to the sources that are kept",
  search:
    "text within the title, the hint or the owner's name, at most 200 characters; case of ASCII letters does not matter",
} as const;

/** Reads the filter of a list; `others` are the parameters that the caller reads itself. */
export function readFilter(request: WireRequest, others: readonly string[]) {
  refuseUnknownParameters(request, [...Object.keys(FILTER_QUERY), ...others]);
  const { query } = request;
  return {
    kind: readWord(query, "kind", KIND_NAMES) as Kind | undefined,
    state: readWord(query, "state", STATES) as CredentialState | undefined,
    owner: query.get("owner"),
    instance: query.get("instance") ?? undefined,
    unusedSince: readMoment(query, "unusedSince"),
    usedSince: readMoment(query, "usedSince"),
    createdSince: readMoment(query, "createdSince"),
    expiresBy: readMoment(query, "expiresBy"),
    neverUsed: readFlag(query, "neverUsed"),
    usedFrom: query.get("usedFrom") === null ? undefined : readUsedFrom(query.get("usedFrom") ?? ""),
    text: readSearch(query.get("search")),
  };
}

/** The keys between which the addresses of a CIDR lie. Throws `malformed_request`. */
export function readUsedFrom(text: string): NonNullable<CredentialFilter["usedFrom"]> {
  const range = parseRange(text);
  if (!range) {
    throw malformed("usedFrom", "an address or a CIDR", text);
  }
  return rangeKeys(range);
}

/**
 * The id of the owner to list; undefined for all owners. Without the right, others and unknown names throw
 * `not_found`, and everybody's throws `forbidden`.
 */
export async function ownerToList(
  hub: Hub,
  owner: string | null,
  caller: Caller,
): Promise<string | undefined> {
  const account = requireAccount(caller);
  if (owner === null || owner.toLowerCase() === account.username.toLowerCase()) {
    return account.id;
  }
  if (account.role === "member" || !caller.authority.permits(HUB_AUDIT)) {
    if (owner === "*") {
      throw new HubError("forbidden");
    }
    return (await hub.services.get(owner, caller)).service.id;
  }
  return owner === "*" ? undefined : (await hub.accounts.get(owner)).id;
}

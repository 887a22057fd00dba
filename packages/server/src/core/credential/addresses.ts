import { type AddressRange, holdsAddress, holdsRange, parseAddress, parseRange } from "../address/range.ts";
import { BoundedMap } from "../bounded-map.ts";
import { malformed } from "../malformed.ts";
import type { Credential } from "./credential.ts";

const ADDRESSES_MAX = 50;
const TEXT_LENGTH_MAX = 49;

/** 1 to 50 CIDRs or single addresses, as they were written. Throws `malformed_request`. */
export function readAddresses(
  texts: readonly string[] | null,
  field = "addresses",
): readonly string[] | null {
  if (texts === null) {
    return null;
  }
  if (texts.length < 1 || texts.length > ADDRESSES_MAX) {
    throw malformed(field, `a list of 1 to ${ADDRESSES_MAX}`, texts);
  }
  const at = texts.findIndex((text) => text.length > TEXT_LENGTH_MAX || parseRange(text) === null);
  if (at >= 0) {
    throw malformed(
      field,
      "IP addresses, or CIDRs without bits after the prefix, such as 192.0.2.0/24",
      texts[at],
    );
  }
  return [...new Set(texts)];
}

/** Lists are read once for each copy of a record. */
const ranges = new WeakMap<readonly string[], readonly AddressRange[]>();

function rangesOf(addresses: readonly string[]): readonly AddressRange[] {
  let known = ranges.get(addresses);
  if (!known) {
    known = addresses.map(parseRange).filter((range) => range !== null);
    ranges.set(addresses, known);
  }
  return known;
}

/** True if the address is on the list, or if there is no list. An unknown address is on no list. */
export function isAllowedFrom({ addresses }: Pick<Credential, "addresses">, address: string | null): boolean {
  if (addresses === null) {
    return true;
  }
  return address !== null && isOnList(addresses, address);
}

/** The verdicts on the latest addresses for each copy of a list: clients come from the same few. */
const verdicts = new WeakMap<readonly string[], BoundedMap<string, boolean>>();
const VERDICTS_MAX = 32;

function isOnList(addresses: readonly string[], address: string): boolean {
  let known = verdicts.get(addresses);
  if (!known) {
    known = new BoundedMap(VERDICTS_MAX);
    verdicts.set(addresses, known);
  }
  let verdict = known.get(address);
  if (verdict === undefined) {
    const bytes = parseAddress(address.split("%")[0] ?? "");
    verdict = bytes !== null && rangesOf(addresses).some((range) => holdsAddress(range, bytes));
    known.set(address, verdict);
  }
  return verdict;
}

/** The addresses that both lists let in, as they are written; null is every address. */
export function narrowAddresses(
  addresses: readonly string[] | null,
  limit: readonly string[] | null,
): readonly string[] | null {
  if (addresses === null || limit === null) {
    return addresses ?? limit;
  }
  // Of two ranges that meet one holds the other.
  const both = [
    ...addresses.filter((one) => isWithin([one], limit)),
    ...limit.filter((one) => isWithin([one], addresses)),
  ];
  return [...new Set(both)];
}

/** True if `next` lets in no address that `present` keeps out; null lets in every address. */
export function isWithin(next: readonly string[] | null, present: readonly string[] | null): boolean {
  if (present === null) {
    return true;
  }
  return (
    next !== null &&
    rangesOf(next).every((inner) => rangesOf(present).some((outer) => holdsRange(outer, inner)))
  );
}

import { parseAddress } from "../address/range.ts";
import type { Sources, UseSource } from "../usage/ports.ts";
import { isAllowedFrom } from "./addresses.ts";
import type { Credential } from "./credential.ts";

const LOOKED_AT_MS = 90 * 86_400_000;
/** So many addresses of one IPv4 network of 256 are taken for the whole of it. */
const NETWORK_MIN = 3;

export interface AddressAdvice {
  /** CIDRs and single addresses; empty if nobody has used it. */
  readonly proposed: readonly string[];
  /** Uses from then on are looked at. */
  readonly since: number;
  /** False if the credential was used from more places than are kept. */
  readonly isComplete: boolean;
  /** Uses that the list on trial would have refused. */
  readonly outside: readonly UseSource[];
}

/** What the places of its use say about the addresses that a credential could be locked to. */
export function adviseAddresses(
  { addressTrial }: Credential,
  { sources, more }: Sources,
  now: number,
): AddressAdvice {
  const since = now - LOOKED_AT_MS;
  const recent = sources.filter(({ lastAt, address }) => lastAt >= since && address !== null);
  return {
    proposed: shortestList(recent.flatMap(({ address }) => address ?? [])),
    since,
    isComplete: more === 0,
    outside: recent.filter(
      ({ door, address }) => door !== "introspection" && !isAllowedFrom({ addresses: addressTrial }, address),
    ),
  };
}

/** IPv6 by networks of 64 bits, since hosts change the rest; IPv4 by addresses, or by 24 bits if many. */
function shortestList(addresses: readonly string[]): readonly string[] {
  const networks = new Map<string, Set<string>>();
  for (const address of addresses) {
    const network = networkOf(address);
    if (network !== null) {
      networks.set(network, (networks.get(network) ?? new Set()).add(address));
    }
  }
  return [...networks].flatMap(([network, hosts]) =>
    network.includes(":") || hosts.size >= NETWORK_MIN ? [network] : [...hosts],
  );
}

function networkOf(address: string): string | null {
  const bytes = parseAddress(address);
  if (bytes === null) {
    return null;
  }
  if (!address.includes(":")) {
    return `${[...bytes.subarray(12, 15)].join(".")}.0/24`;
  }
  const groups = [0, 2, 4, 6].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return `${groups.join(":")}::/64`;
}

/** The key of an address whose text is no address. All such callers share one count. */
export const NOT_AN_ADDRESS = "unknown";
const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;
/** `203.0.113.7:4711`, as some proxies write the address of a client. */
const IPV4_AND_PORT = /^((?:\d{1,3}\.){3}\d{1,3}):\d{1,5}$/;
/** `[2001:db8::1]` or `[2001:db8::1]:4711`. */
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;
const ADDRESS_LENGTH_MAX = 64;

/**
 * Whom an address stands for when attempts are counted: the address itself in IPv4, the network of 64 bits in
 * IPv6, since a provider gives each customer at least that much. A port is left out, and an IPv4 address
 * inside an IPv6 one (`::ffff:203.0.113.7`, `64:ff9b::203.0.113.7`) counts as the IPv4 address. Everything
 * that counts by address takes its key from here.
 */
export function addressKey(address: string | null): string {
  if (address === null || address.length > ADDRESS_LENGTH_MAX) {
    return NOT_AN_ADDRESS;
  }
  const bare = IPV4_AND_PORT.exec(address)?.[1] ?? BRACKETED.exec(address)?.[1] ?? address;
  if (IPV4.test(bare)) {
    return readIpv4(bare) ?? NOT_AN_ADDRESS;
  }
  const groups = readIpv6(bare.replace(/%.*$/, ""));
  return groups ? (embeddedIpv4(groups) ?? `${groups.slice(0, 4).map(hex).join(":")}::/64`) : NOT_AN_ADDRESS;
}

function readIpv4(text: string): string | null {
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes.join(".") : null;
}

/**
 * The eight groups of an IPv6 address in any spelling, or null. The URL parser of the platform knows every
 * spelling.
 */
function readIpv6(text: string): readonly number[] | null {
  const url = `http://[${text}]/`;
  if (!text.includes(":") || !URL.canParse(url)) {
    return null;
  }
  const [head = "", tail = ""] = new URL(url).hostname.slice(1, -1).split("::");
  const [front, back] = [head, tail].map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - (front?.length ?? 0) - (back?.length ?? 0)).fill("0");
  return [...(front ?? []), ...zeros, ...(back ?? [])].map((group) => Number.parseInt(group, 16));
}

/** RFC 4291 §2.5.5.2 (mapped) and RFC 6052 §2.1 (the well-known prefix of NAT64). */
function embeddedIpv4(groups: readonly number[]): string | null {
  const prefix = groups.slice(0, 6).map(hex).join(":");
  if (prefix !== "0:0:0:0:0:ffff" && prefix !== "64:ff9b:0:0:0:0") {
    return null;
  }
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}

function hex(group: number): string {
  return group.toString(16);
}

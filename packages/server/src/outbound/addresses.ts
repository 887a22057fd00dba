import { isIP } from "node:net";

/** Networks that no request of the hub goes to unless the operator lists them. */
const FORBIDDEN = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "::1/128",
  // NAT64 of a local network (RFC 8215), Teredo: where they lead is not in the address, or not plainly.
  "64:ff9b:1::/48",
  "2001::/32",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
].map(readNetwork);

/** IPv6 networks whose addresses hold an IPv4 address, and at which byte it begins. */
const CARRIERS = [
  { network: readNetwork("::ffff:0:0/96"), at: 12 },
  { network: readNetwork("::ffff:0:0:0/96"), at: 12 },
  { network: readNetwork("64:ff9b::/96"), at: 12 },
  { network: readNetwork("::/96"), at: 12 },
  { network: readNetwork("2002::/16"), at: 2 },
] as const;

interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/**
 * Decides which addresses the hub may connect to. `allow` lists networks in CIDR notation that are allowed in
 * spite of the rules.
 */
export class AddressRules {
  readonly #allowed: readonly Network[];

  constructor(allow: readonly string[]) {
    this.#allowed = allow.map(readNetwork);
  }

  permits(address: string): boolean {
    const bytes = readAddress(address);
    return bytes !== null && formsOf(bytes).every((form) => this.#permitsForm(form, bytes));
  }

  /** True if the operator listed the address, or a network that holds it. */
  lists(address: string): boolean {
    const bytes = readAddress(address);
    return bytes !== null && formsOf(bytes).every((form) => this.#listsForm(form, bytes));
  }

  #permitsForm(form: Uint8Array, whole: Uint8Array): boolean {
    return this.#listsForm(form, whole) || !FORBIDDEN.some((network) => isInside(form, network));
  }

  #listsForm(form: Uint8Array, whole: Uint8Array): boolean {
    return this.#allowed.some((network) => isInside(form, network) || isInside(whole, network));
  }
}

/** The address itself, or the IPv4 address that it stands for. */
function formsOf(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length === 16 && !isInside(bytes, LOOPBACK_V6) && !isInside(bytes, UNSPECIFIED_V6)) {
    const carrier = CARRIERS.find(({ network }) => isInside(bytes, network));
    if (carrier) {
      return [bytes.subarray(carrier.at, carrier.at + 4)];
    }
  }
  return [bytes];
}

const LOOPBACK_V6 = readNetwork("::1/128");
const UNSPECIFIED_V6 = readNetwork("::/128");

function isInside(bytes: Uint8Array, { bytes: base, bits }: Network): boolean {
  if (bytes.length !== base.length) {
    return false;
  }
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : (0xff << (8 - (bits - bit))) & 0xff;
    const index = bit / 8;
    if (((bytes[index] ?? 0) & mask) !== ((base[index] ?? 0) & mask)) {
      return false;
    }
  }
  return true;
}

function readNetwork(cidr: string): Network {
  const [address = "", bits] = cidr.split("/");
  const bytes = readAddress(address);
  if (!bytes) {
    throw new Error(`not a network: ${cidr}`);
  }
  return { bytes, bits: bits === undefined ? bytes.length * 8 : Number(bits) };
}

/** 4 or 16 bytes; null for text that is not an address. */
function readAddress(text: string): Uint8Array | null {
  const [address = ""] = text.split("%");
  switch (isIP(address)) {
    case 4:
      return Uint8Array.from(address.split(".").map(Number));
    case 6:
      return readV6(address);
    default:
      return null;
  }
}

function readV6(address: string): Uint8Array {
  // The URL parser writes every spelling in one way, without dots.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  const groups = [...left, ...(tail === undefined ? [] : zeros), ...right];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}

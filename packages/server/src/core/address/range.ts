/**
 * An IP address as 16 bytes; IPv4 is held in its mapped form (RFC 4291 §2.5.5.2), so that both spellings of
 * it are the same.
 */
export type AddressBytes = Uint8Array;

/** A range of addresses: the first `prefix` bits of `bytes` count. */
export interface AddressRange {
  readonly bytes: AddressBytes;
  readonly prefix: number;
}

const BITS = 128;
const MAPPED_BITS = 96;
const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const PREFIX = /^(?:0|[1-9]\d{0,2})$/;

/** The address, or null if the text is not one. A zone (`fe80::1%eth0`) is not accepted. */
export function parseAddress(text: string): AddressBytes | null {
  if (text.length > 45) {
    return null;
  }
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): AddressBytes | null {
  const parts = V4.exec(text)
    ?.slice(1)
    .map((part) => (part.length > 1 && part.startsWith("0") ? 256 : Number(part)));
  if (!parts || parts.some((part) => part > 255)) {
    return null;
  }
  const bytes = new Uint8Array(16);
  bytes.set([0xff, 0xff, ...parts], 10);
  return bytes;
}

function parseV6(text: string): AddressBytes | null {
  const last = text.lastIndexOf(":");
  const tail = text.slice(last + 1);
  if (tail.includes(".")) {
    const v4 = parseV4(tail);
    const pair = v4 && [0, 2].map((at) => (((v4[12 + at] ?? 0) << 8) | (v4[13 + at] ?? 0)).toString(16));
    return pair && parseV6(`${text.slice(0, last + 1)}${pair.join(":")}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) {
    return null;
  }
  const [head = [], rest = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) {
    return null;
  }
  const groups = [...head, ...Array<string>(missing).fill("0"), ...rest];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) {
    return null;
  }
  const bytes = new Uint8Array(16);
  for (const [at, group] of groups.entries()) {
    const value = Number.parseInt(group, 16);
    bytes[at * 2] = value >> 8;
    bytes[at * 2 + 1] = value & 0xff;
  }
  return bytes;
}

/**
 * A CIDR or a single address. Null if the text is neither, or has bits set behind the prefix (`10.1.2.3/8`).
 */
export function parseRange(text: string): AddressRange | null {
  const [address = "", length, ...more] = text.split("/");
  const bytes = more.length === 0 ? parseAddress(address) : null;
  if (!bytes) {
    return null;
  }
  const own = address.includes(":") ? BITS : 32;
  const given = length === undefined ? own : PREFIX.test(length) ? Number(length) : Number.NaN;
  if (!(given >= 0 && given <= own)) {
    return null;
  }
  const range = { bytes, prefix: given + BITS - own };
  return bytes.every((byte, at) => (byte & ~maskOf(range, at)) === 0) ? range : null;
}

/** The bits of byte `at` that belong to the prefix. */
function maskOf({ prefix }: AddressRange, at: number): number {
  const bits = Math.min(8, Math.max(0, prefix - at * 8));
  return (0xff << (8 - bits)) & 0xff;
}

/** True if the address lies in the range. A range of IPv6 holds no IPv4, however wide it is. */
export function holdsAddress(range: AddressRange, address: AddressBytes): boolean {
  if (isV4(address) !== isV4Range(range)) {
    return false;
  }
  for (let at = 0; at * 8 < range.prefix; at += 1) {
    const mask = maskOf(range, at);
    if (((address[at] ?? 0) & mask) !== ((range.bytes[at] ?? 0) & mask)) {
      return false;
    }
  }
  return true;
}

/** True if every address of `inner` lies in `outer`. */
export function holdsRange(outer: AddressRange, inner: AddressRange): boolean {
  return (
    outer.prefix <= inner.prefix &&
    isV4Range(outer) === isV4Range(inner) &&
    holdsAddress(outer, inner.bytes) === true
  );
}

function isV4(address: AddressBytes): boolean {
  return address[10] === 0xff && address[11] === 0xff && address.subarray(0, 10).every((byte) => byte === 0);
}

function isV4Range({ bytes, prefix }: AddressRange): boolean {
  return prefix >= MAPPED_BITS && isV4(bytes);
}

/** The address as 32 hexadecimal digits, which sort as the addresses do. Null if the text is no address. */
export function addressKey(text: string): string | null {
  const bytes = parseAddress(text.split("%")[0] ?? "");
  return bytes && Buffer.from(bytes).toString("hex");
}

/** The first and the last key of a range. */
export function rangeKeys(range: AddressRange): { readonly first: string; readonly last: string } {
  const last = range.bytes.map((byte, at) => byte | (~maskOf(range, at) & 0xff));
  return { first: Buffer.from(range.bytes).toString("hex"), last: Buffer.from(last).toString("hex") };
}

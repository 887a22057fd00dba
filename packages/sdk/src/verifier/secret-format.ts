import { crc32 } from "node:zlib";

const SHAPE = /^mm[a-z]_[0-9A-Za-z]{36}$/;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH = 40;
const CHECKSUM_LENGTH = 6;

/** An offline token can only be exchanged at the hub: presenting it to a service is a mistake. */
export const OFFLINE_MARK = "mmo_";

/**
 * The four-character mark of a well-formed secret of the hub, or null for anything else: its last six
 * characters must be the CRC-32 of the others in base62. It proves nothing; it spares the hub questions about
 * garbage.
 */
export function markOf(text: string): string | null {
  if (text.length !== LENGTH || !SHAPE.test(text)) {
    return null;
  }
  const end = LENGTH - CHECKSUM_LENGTH;
  return inBase62(crc32(text.slice(0, end))) === text.slice(end) ? text.slice(0, 4) : null;
}

function inBase62(value: number): string {
  let digits = "";
  for (let rest = value; digits.length < CHECKSUM_LENGTH; rest = Math.floor(rest / 62)) {
    digits = ALPHABET[rest % 62] + digits;
  }
  return digits;
}

/** True if the text has the form of a credential's secret, its checksum included. It may still be unknown. */
export function isSecret(text: string): boolean {
  return markOf(text) !== null;
}

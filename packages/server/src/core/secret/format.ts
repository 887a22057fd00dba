import { crc32 } from "node:zlib";
import type { Entropy } from "../world.ts";
import { Secret } from "./secret.ts";

/**
 * The shape of every secret: a four-character mark, 30 characters drawn uniformly from base62 (178 bits), and
 * the CRC-32 of those 34 characters in base62, padded to six. Forty in all, because IBM's documented `echo
 * "user:key" | base64` wraps at 76 columns. The checksum lets scanners recognise a leak and lets us refuse
 * garbage without a look-up; it proves nothing else.
 */
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
const MARK_LENGTH = 4;
export const SECRET_LENGTH = MARK_LENGTH + BODY_LENGTH + CHECKSUM_LENGTH;

const SHAPE = /^mm[a-z]_[0-9A-Za-z]{36}$/;

/** Matches everything that looks like one of our secrets, to remove it from text before logging. */
export const SECRET_PATTERN = /mm[a-z]_[0-9A-Za-z]{36,}/g;

export type Mark = `mm${string}_`;

/**
 * Draws a new secret. Bytes of 248 and above are thrown away, so that each character is uniform over the 62.
 */
export function drawSecret(entropy: Entropy, mark: Mark): Secret {
  let body = "";
  while (body.length < BODY_LENGTH) {
    for (const byte of entropy.bytes(BODY_LENGTH * 2)) {
      if (byte < 248 && body.length < BODY_LENGTH) {
        body += ALPHABET[byte % 62];
      }
    }
  }
  const unsigned = mark + body;
  return new Secret(unsigned + checksum(unsigned));
}

/** The mark of a well-formed secret, or null for anything else. Cheap: no digest, no look-up. */
export function markOf(text: string): Mark | null {
  if (text.length !== SECRET_LENGTH || !SHAPE.test(text)) {
    return null;
  }
  const end = SECRET_LENGTH - CHECKSUM_LENGTH;
  return checksum(text.slice(0, end)) === text.slice(end) ? (text.slice(0, MARK_LENGTH) as Mark) : null;
}

/** The part of a secret that may be shown later: the mark, an ellipsis, the last four characters. */
export function hintOf(secret: Secret): string {
  const text = secret.reveal();
  return `${text.slice(0, MARK_LENGTH)}…${text.slice(-4)}`;
}

function checksum(text: string): string {
  let value = crc32(text);
  let digits = "";
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = ALPHABET[value % 62] + digits;
    value = Math.floor(value / 62);
  }
  return digits;
}

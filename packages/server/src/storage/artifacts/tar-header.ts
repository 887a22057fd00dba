import { refusePath } from "./tarball-paths.ts";
import { TarballRefusal } from "./tarball-refusal.ts";

/**
 * One header of a tar archive, read in its plainest form only (POSIX.1-2001 pax, "ustar Interchange Format").
 * ansible-galaxy unpacks with Python's `tarfile`, which guesses at unusual headers, and other readers guess
 * differently. Unusual headers are refused, so that every reader sees the same entries.
 */
export interface TarHeader {
  readonly type: "file" | "dir" | "link" | "pax" | "long_name";
  readonly name: string;
  readonly linkName: string;
  readonly size: number;
}

export const BLOCK_BYTES = 512;

const TYPES: Readonly<Record<string, TarHeader["type"]>> = {
  "\0": "file",
  "0": "file",
  "2": "link",
  "5": "dir",
  x: "pax",
  L: "long_name",
};
const DANGEROUS: Readonly<Record<string, string>> = {
  "1": "hard link",
  "3": "character-device",
  "4": "block-device",
  "6": "fifo",
};
const POSIX_MAGIC = "ustar\u000000";
const GNU_MAGIC = "ustar  \0";
const OCTAL = /^([0-7]+)[ \0]*$/;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;
/**
 * Fields that `tarfile` reads as numbers. It ends the archive silently at a header in which one of them is
 * not a number.
 */
const OTHER_NUMBERS: readonly (readonly [at: number, bytes: number])[] = [
  [100, 8],
  [108, 8],
  [116, 8],
  [136, 12],
  [329, 8],
  [337, 8],
];

/** Throws `TarballRefusal`. */
export function readTarHeader(block: Buffer): TarHeader {
  const flag = block.toString("latin1", 156, 157);
  const dangerous = DANGEROUS[flag];
  if (dangerous !== undefined) {
    throw new TarballRefusal(refusePath(text(block, 0, 100), `is a ${dangerous}`));
  }
  const type = TYPES[flag];
  if (type === undefined) {
    throw odd("has an entry that is no file, directory or symbolic link, or a header for a special purpose");
  }
  const magic = block.toString("latin1", 257, 265);
  if (magic !== POSIX_MAGIC && magic !== GNU_MAGIC) {
    throw odd("has a header that is not ustar");
  }
  if (octal(block, CHECKSUM_AT, CHECKSUM_BYTES) !== checksumOf(block)) {
    throw odd("has a header with a wrong checksum");
  }
  for (const [at, bytes] of OTHER_NUMBERS) {
    if (!isBlank(block, at, bytes)) {
      octal(block, at, bytes);
    }
  }
  const size = octal(block, 124, 12);
  const ownName = text(block, 0, 100);
  const prefix = text(block, 345, 155);
  // GNU's headers keep times where the prefix is, and `tarfile` takes them for a prefix all the same.
  if (magic === GNU_MAGIC && prefix !== "") {
    throw odd("has a prefix in a header that is not POSIX");
  }
  if (type === "file" && ownName.endsWith("/")) {
    throw odd("has a file with a slash at the end of its name");
  }
  if ((type === "dir" || type === "link") && size !== 0) {
    throw odd("has a directory or a link with contents");
  }
  return {
    type,
    name: prefix === "" ? ownName : `${prefix}/${ownName}`,
    linkName: text(block, 157, 100),
    size,
  };
}

function octal(block: Buffer, at: number, bytes: number): number {
  const digits = OCTAL.exec(block.toString("latin1", at, at + bytes))?.[1];
  if (digits === undefined) {
    throw odd("has a number in a header that is not plain octal");
  }
  return Number.parseInt(digits, 8);
}

function isBlank(block: Buffer, at: number, bytes: number): boolean {
  return /^[ \0]*$/.test(block.toString("latin1", at, at + bytes));
}

function checksumOf(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    const isOwnField = at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_BYTES;
    sum += isOwnField ? 0x20 : (block[at] ?? 0);
  }
  return sum;
}

/** Text up to the first NUL; behind it nothing else may stand. */
function text(block: Buffer, at: number, bytes: number): string {
  const field = block.subarray(at, at + bytes);
  const end = field.indexOf(0);
  if (end >= 0 && field.subarray(end).some((byte) => byte !== 0)) {
    throw odd("has a header with something behind the end of a name");
  }
  return utf8(end < 0 ? field : field.subarray(0, end));
}

/** Throws `TarballRefusal` for bytes that are not UTF-8. */
export function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw odd("has a name that is not UTF-8");
  }
}

export function odd(what: string): TarballRefusal {
  return new TarballRefusal(
    `the archive ${what}, which clients may read in another way; pack it with ansible-galaxy collection build`,
  );
}

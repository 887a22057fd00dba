// Only ids for which `isId` is true can be packed: the text of such an id is made of its 32 digits alone.
const DASHES_AT = new Set([8, 13, 18, 23]);
const ID_LENGTH = 36;
const HEX = Buffer.from("0123456789abcdef", "latin1");

/** Where each of the 32 digits of an id stands in its text. */
const DIGITS_AT = Uint8Array.from(
  Array.from({ length: ID_LENGTH }, (_, at) => at).filter((at) => !DASHES_AT.has(at)),
);
const idText = Buffer.from("-".repeat(ID_LENGTH), "latin1");

/** Four bytes of a digest as latin1 text, as a word of 32 bits. */
export function wordOfDigest(key: string, at: number): number {
  const from = at * 4;
  return (
    (key.charCodeAt(from) |
      (key.charCodeAt(from + 1) << 8) |
      (key.charCodeAt(from + 2) << 16) |
      (key.charCodeAt(from + 3) << 24)) >>>
    0
  );
}

/** The digest of these eight words. */
export function digestOfWords(wordAt: (at: number) => number): Buffer {
  const digest = Buffer.allocUnsafe(32);
  for (let at = 0; at < 8; at += 1) {
    digest.writeUInt32LE(wordAt(at), at * 4);
  }
  return digest;
}

/** Eight digits of an id, as a word of 32 bits. */
export function wordOfId(id: string, at: number): number {
  let word = 0;
  for (let digit = at * 8; digit < at * 8 + 8; digit += 1) {
    const code = id.charCodeAt(DIGITS_AT[digit] as number);
    // "0" is 48, "a" is 97.
    word = (word << 4) | (code < 97 ? code - 48 : code - 87);
  }
  return word >>> 0;
}

/** The text of the id of these four words. */
export function idOfWords(wordAt: (at: number) => number): string {
  for (let at = 0; at < 4; at += 1) {
    const word = wordAt(at);
    for (let digit = 0; digit < 8; digit += 1) {
      idText[DIGITS_AT[at * 8 + digit] as number] = HEX[(word >>> (28 - digit * 4)) & 15] as number;
    }
  }
  return idText.toString("latin1");
}

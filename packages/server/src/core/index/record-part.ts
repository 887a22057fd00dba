/** Where each field of a record begins, in words of 32 bits. */
const DIGEST = 0;
const ID = 8;
/** Three numbers of 64 bits: words 12 to 17. */
const NUMBERS = 12;
const OWNER = 18;
const SHAPE = 19;
const CREATED_BY = 20;
const AGENT = 21;
const HINT = 22;
const TEXT_AT = 23;
const TEXT_BYTES = 24;
const FLAGS = 25;
/** Even, so that the numbers of 64 bits are aligned. */
const WORDS = 26;

/** Bytes that a text store has to spare when it is written anew, at least. */
const SPARE_BYTES = 4_096;

/** Small numbers of a record, by the word that holds each. */
export const WORD = { OWNER, SHAPE, CREATED_BY, AGENT, HINT, FLAGS } as const;
export const NUMBER = { CREATED_AT: 0, EXPIRES_AT: 1, LAST_USED_AT: 2 } as const;
export const DIGEST_WORDS = 8;
export const ID_WORDS = 4;
/** Records in one part. A part's texts are written anew in one go, which bounds how many there can be. */
export const PART_RECORDS = 1_024;

/**
 * A thousand records of 104 bytes in one buffer, and their texts in another. Nothing of it is an object, so
 * the collector has nothing to visit however many there are.
 */
export class RecordPart {
  readonly #words = new Uint32Array(PART_RECORDS * WORDS);
  readonly #numbers = new Float64Array(this.#words.buffer);
  #texts = Buffer.allocUnsafeSlow(SPARE_BYTES);
  #textsEnd = 0;

  word(record: number, word: number): number {
    return this.#words[record * WORDS + word] as number;
  }

  setWord(record: number, word: number, value: number): void {
    this.#words[record * WORDS + word] = value;
  }

  number(record: number, which: number): number {
    return this.#numbers[(record * WORDS + NUMBERS) / 2 + which] as number;
  }

  setNumber(record: number, which: number, value: number): void {
    this.#numbers[(record * WORDS + NUMBERS) / 2 + which] = value;
  }

  digestWord(record: number, at: number): number {
    return this.#words[record * WORDS + DIGEST + at] as number;
  }

  setDigestWord(record: number, at: number, value: number): void {
    this.#words[record * WORDS + DIGEST + at] = value;
  }

  idWord(record: number, at: number): number {
    return this.#words[record * WORDS + ID + at] as number;
  }

  setIdWord(record: number, at: number, value: number): void {
    this.#words[record * WORDS + ID + at] = value;
  }

  /** The text of a record. */
  text(record: number): string {
    const from = this.word(record, TEXT_AT);
    return this.#texts.toString("utf8", from, from + this.word(record, TEXT_BYTES));
  }

  /** Gives a record its text; its former one is lost. */
  setText(record: number, text: string): void {
    const bytes = Buffer.byteLength(text);
    this.setWord(record, TEXT_BYTES, 0);
    if (this.#textsEnd + bytes > this.#texts.length) {
      this.#rewriteTexts(bytes);
    }
    this.setWord(record, TEXT_AT, this.#textsEnd);
    this.setWord(record, TEXT_BYTES, bytes);
    this.#textsEnd += this.#texts.write(text, this.#textsEnd);
  }

  /** Forgets everything of a record. */
  clear(record: number): void {
    this.#words.fill(0, record * WORDS, (record + 1) * WORDS);
  }

  /** Leaves out the texts of records that are gone, and makes room for so many bytes more. */
  #rewriteTexts(more: number): void {
    let kept = 0;
    for (let record = 0; record < PART_RECORDS; record += 1) {
      kept += this.word(record, TEXT_BYTES);
    }
    const texts = Buffer.allocUnsafeSlow(kept + more + Math.max(SPARE_BYTES, kept >>> 3));
    let end = 0;
    for (let record = 0; record < PART_RECORDS; record += 1) {
      const from = this.word(record, TEXT_AT);
      const bytes = this.word(record, TEXT_BYTES);
      if (bytes > 0) {
        this.#texts.copy(texts, end, from, from + bytes);
        this.setWord(record, TEXT_AT, end);
        end += bytes;
      }
    }
    this.#texts = texts;
    this.#textsEnd = end;
  }
}

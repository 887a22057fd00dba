import type { Credential } from "../credential/credential.ts";
import { KINDS } from "../credential/kinds.ts";
import { invariant } from "../errors.ts";
import { type CredentialShape, keyOfShape, shapeOf } from "./credential-shape.ts";
import { InternedValues } from "./interned-values.ts";
import { digestOfWords, idOfWords, wordOfDigest, wordOfId } from "./packed-bytes.ts";
import { packText, unpackText } from "./packed-text.ts";
import { DIGEST_WORDS, ID_WORDS, NUMBER, PART_RECORDS, RecordPart, WORD } from "./record-part.ts";

/** Flags of a record. The lowest three are those of its text. */
const TEXT_FLAGS = 7;
const LIVE = 8;
const READ = 16;
const PART_BITS = Math.log2(PART_RECORDS);
/** The first word of a free record leads to the next one. */
const NEXT_FREE = 0;
const NONE = 0xffff_ffff;

/**
 * The records of credentials in numbered slots, which are used again. What many credentials share is kept
 * once: owners, names, and the shape.
 */
export class CredentialRecords {
  readonly #parts: RecordPart[] = [];
  readonly #owners = new InternedValues<string>();
  /** User agents, and the names of those who created credentials. */
  readonly #names = new InternedValues<string>();
  readonly #shapes = new InternedValues<CredentialShape>();
  #slots = 0;
  #firstFree = NONE;

  /** Slots that were ever used: those before it are live or free. */
  get slots(): number {
    return this.#slots;
  }

  isLive(slot: number): boolean {
    return (this.#flags(slot) & LIVE) !== 0;
  }

  /** True if it was read since `unmarkRead`. */
  isRead(slot: number): boolean {
    return (this.#flags(slot) & READ) !== 0;
  }

  markRead(slot: number): void {
    const flags = this.#flags(slot);
    if ((flags & READ) === 0) {
      this.#part(slot).setWord(recordOf(slot), WORD.FLAGS, flags | READ);
    }
  }

  unmarkRead(slot: number): void {
    this.#part(slot).setWord(recordOf(slot), WORD.FLAGS, this.#flags(slot) & ~READ);
  }

  hashOfDigest(slot: number): number {
    return this.#part(slot).digestWord(recordOf(slot), 0);
  }

  hasDigest(slot: number, key: string): boolean {
    const part = this.#part(slot);
    const record = recordOf(slot);
    for (let at = 0; at < DIGEST_WORDS; at += 1) {
      if (part.digestWord(record, at) !== wordOfDigest(key, at)) {
        return false;
      }
    }
    return true;
  }

  hashOfId(slot: number): number {
    return hashOfIdWords((at) => this.#part(slot).idWord(recordOf(slot), at));
  }

  hasId(slot: number, id: string): boolean {
    const part = this.#part(slot);
    const record = recordOf(slot);
    for (let at = 0; at < ID_WORDS; at += 1) {
      if (part.idWord(record, at) !== wordOfId(id, at)) {
        return false;
      }
    }
    return true;
  }

  /** 32 bytes as latin1 text. */
  digestOf(slot: number): string {
    return this.#digestBytes(slot).toString("latin1");
  }

  idOf(slot: number): string {
    const part = this.#part(slot);
    return idOfWords((at) => part.idWord(recordOf(slot), at));
  }

  hasOwner(ownerId: string): boolean {
    return this.#owners.numberOf(ownerId) !== 0;
  }

  /** The live ones of these owners among the slots from `from` to before `to`. */
  *ofOwners(ownerIds: Iterable<string>, from: number, to: number): Iterable<number> {
    const owners = new Set<number>();
    for (const ownerId of ownerIds) {
      owners.add(this.#owners.numberOf(ownerId));
    }
    owners.delete(0);
    for (let slot = from; owners.size > 0 && slot < Math.min(to, this.#slots); slot += 1) {
      if (owners.has(this.#ownerNumber(slot))) {
        yield slot;
      }
    }
  }

  /** Writes a credential with an id and a digest of the usual form into a free slot. */
  add(credential: Credential, key: string): number {
    const slot = this.#takeSlot();
    const part = this.#part(slot);
    const record = recordOf(slot);
    for (let at = 0; at < DIGEST_WORDS; at += 1) {
      part.setDigestWord(record, at, wordOfDigest(key, at));
    }
    for (let at = 0; at < ID_WORDS; at += 1) {
      part.setIdWord(record, at, wordOfId(credential.id, at));
    }
    const { createdAt, expiresAt, lastUse } = credential;
    part.setNumber(record, NUMBER.CREATED_AT, createdAt);
    part.setNumber(record, NUMBER.EXPIRES_AT, expiresAt ?? Number.NaN);
    part.setNumber(record, NUMBER.LAST_USED_AT, lastUse?.at ?? Number.NaN);
    const shape = this.#shapes.take(keyOfShape(credential), () => shapeOf(credential));
    part.setWord(record, WORD.SHAPE, shape);
    part.setWord(record, WORD.OWNER, takeText(this.#owners, credential.ownerId));
    part.setWord(record, WORD.CREATED_BY, takeText(this.#names, credential.createdBy));
    part.setWord(record, WORD.AGENT, takeText(this.#names, lastUse?.agent ?? null));
    const packed = packText(credential);
    part.setWord(record, WORD.HINT, packed.hint);
    part.setText(record, packed.text);
    part.setWord(record, WORD.FLAGS, LIVE | packed.flags);
    return slot;
  }

  /** Frees a live slot. */
  remove(slot: number): void {
    const part = this.#part(slot);
    const record = recordOf(slot);
    this.#owners.release(part.word(record, WORD.OWNER));
    this.#names.release(part.word(record, WORD.CREATED_BY));
    this.#names.release(part.word(record, WORD.AGENT));
    this.#shapes.release(part.word(record, WORD.SHAPE));
    part.clear(record);
    part.setDigestWord(record, NEXT_FREE, this.#firstFree);
    this.#firstFree = slot;
  }

  /** The credential in a live slot, as it was added. */
  build(slot: number): Credential {
    const part = this.#part(slot);
    const record = recordOf(slot);
    const shape = this.#shapes.get(part.word(record, WORD.SHAPE));
    const ownerId = this.#owners.get(this.#ownerNumber(slot));
    invariant(shape !== null && ownerId !== null, "a credential in a slot has a shape and an owner");
    const flags = part.word(record, WORD.FLAGS) & TEXT_FLAGS;
    const packed = { text: part.text(record), flags, hint: part.word(record, WORD.HINT) };
    const rest = unpackText(packed, KINDS[shape.kind].mark);
    const expiresAt = part.number(record, NUMBER.EXPIRES_AT);
    const lastUsedAt = part.number(record, NUMBER.LAST_USED_AT);
    const agent = this.#names.get(part.word(record, WORD.AGENT));
    // The members in the order of a credential that was read from a row: objects of one form are quicker.
    return {
      id: this.idOf(slot),
      kind: shape.kind,
      ownerId,
      title: rest.title,
      scopes: shape.scopes,
      instance: shape.instance,
      clientId: shape.clientId,
      hint: rest.hint,
      digest: this.#digestBytes(slot),
      digestKeyVersion: shape.digestKeyVersion,
      createdAt: part.number(record, NUMBER.CREATED_AT),
      expiresAt: Number.isNaN(expiresAt) ? null : expiresAt,
      idleMs: shape.idleMs,
      lastUse: Number.isNaN(lastUsedAt) ? null : { at: lastUsedAt, address: rest.lastAddress, agent },
      touchedAt: rest.touchedAt,
      touches: rest.touches,
      end: rest.end,
      sealedSecret: rest.sealedSecret,
      note: rest.note,
      selfRotate: shape.selfRotate,
      addresses: rest.addresses,
      addressTrial: rest.addressTrial,
      createdBy: this.#names.get(part.word(record, WORD.CREATED_BY)),
      formerName: rest.formerName,
      frozen: rest.frozen,
      idleFrom: rest.idleFrom,
      generation: shape.generation,
      rotation: rest.rotation,
      dismissedAt: rest.dismissedAt,
    };
  }

  #part(slot: number): RecordPart {
    return this.#parts[slot >>> PART_BITS] as RecordPart;
  }

  #digestBytes(slot: number): Buffer {
    const part = this.#part(slot);
    return digestOfWords((at) => part.digestWord(recordOf(slot), at));
  }

  #flags(slot: number): number {
    return this.#part(slot).word(recordOf(slot), WORD.FLAGS);
  }

  #ownerNumber(slot: number): number {
    return this.#part(slot).word(recordOf(slot), WORD.OWNER);
  }

  #takeSlot(): number {
    const slot = this.#firstFree;
    if (slot !== NONE) {
      this.#firstFree = this.#part(slot).digestWord(recordOf(slot), NEXT_FREE);
      return slot;
    }
    if (this.#slots === this.#parts.length * PART_RECORDS) {
      this.#parts.push(new RecordPart());
    }
    this.#slots += 1;
    return this.#slots - 1;
  }
}

/** The hash under which an id is looked up. Its last word is random; the others matter too. */
export function hashOfIdText(id: string): number {
  return hashOfIdWords((at) => wordOfId(id, at));
}

function hashOfIdWords(wordAt: (at: number) => number): number {
  let hash = 0;
  for (let at = 0; at < ID_WORDS; at += 1) {
    hash = Math.imul(hash, 31) ^ wordAt(at);
  }
  return hash;
}

function recordOf(slot: number): number {
  return slot & (PART_RECORDS - 1);
}

function takeText(texts: InternedValues<string>, text: string | null): number {
  return text === null ? 0 : texts.take(text, () => text);
}

import { BoundedMap } from "../bounded-map.ts";
import type { Credential } from "../credential/credential.ts";
import { isId } from "../ids.ts";
import { CredentialRecords, hashOfIdText } from "./credential-records.ts";
import { wordOfDigest } from "./packed-bytes.ts";
import { SlotTable } from "./slot-table.ts";

const DIGEST_LENGTH = 32;
/** Objects that are kept of credentials that are read again and again, each under its digest or its id. */
const BUILT_MAX = 50_000;
/** For each place the last slot read is remembered, of all slots that lead to it. A power of two. */
const LAST_READ_PLACES = 65_536;
/** So many credentials are passed over at most until one gives way, although it was read lately. */
const PASSED_OVER_MAX = 500;

/**
 * Up to `entriesMax` credentials in about 200 bytes each, found by digest and by id. They are records of
 * fixed size in slots; the `Credential` is built when it is asked for, and kept if it is asked for again
 * soon. Beyond the bound one that was not read lately gives way. No call works for more than a millisecond,
 * however many there are. docs/decisions/0018 gives the reasons.
 */
export class PackedCredentials {
  readonly #entriesMax: number;
  readonly #records = new CredentialRecords();
  readonly #byDigest = new SlotTable<string>({
    hashOf: (slot) => this.#records.hashOfDigest(slot),
    isAt: (slot, key) => this.#records.hasDigest(slot, key),
  });
  readonly #byId = new SlotTable<string>({
    hashOf: (slot) => this.#records.hashOfId(slot),
    isAt: (slot, id) => this.#records.hasId(slot, id),
  });
  /** By digest and by id; the one has 32 characters, the other 36. */
  readonly #built = new BoundedMap<string, Credential>(BUILT_MAX);
  readonly #lastRead = new Int32Array(LAST_READ_PLACES).fill(-1);
  /** The next slot that is looked at when one must give way. */
  #hand = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#byDigest.size;
  }

  get isFull(): boolean {
    return this.size >= this.#entriesMax;
  }

  /** Every slot is below this number. */
  get slots(): number {
    return this.#records.slots;
  }

  /** The credential with this digest (32 bytes as latin1 text). */
  byDigest(key: string): Credential | null {
    return this.#built.get(key) ?? this.#read(this.#slotOfDigest(key), key);
  }

  byId(id: string): Credential | null {
    return this.#built.get(id) ?? this.#read(this.#slotOfId(id), id);
  }

  has(id: string): boolean {
    return this.#slotOfId(id) >= 0;
  }

  /** Adds a credential, or exchanges it. One whose id or digest has not the usual form is left out. */
  put(credential: Credential): void {
    const key = credential.digest.toString("latin1");
    this.#free(this.#slotOfId(credential.id));
    this.#free(this.#slotOfDigest(key));
    if (!isId(credential.id) || key.length !== DIGEST_LENGTH) {
      return;
    }
    if (this.isFull) {
      this.#dropOne();
    }
    const slot = this.#records.add(credential, key);
    this.#byDigest.add(slot);
    this.#byId.add(slot);
  }

  remove(id: string): void {
    this.#free(this.#slotOfId(id));
  }

  /** True if some credential of the owner is kept. */
  hasOwner(ownerId: string): boolean {
    return this.#records.hasOwner(ownerId);
  }

  /** Removes those of these owners among the slots from `from` to before `to`. */
  removeOwnersBetween(ownerIds: Iterable<string>, from: number, to: number): void {
    for (const slot of this.#records.ofOwners(ownerIds, from, to)) {
      this.#free(slot);
    }
  }

  #slotOfDigest(key: string): number {
    return key.length === DIGEST_LENGTH ? this.#byDigest.find(wordOfDigest(key, 0), key) : -1;
  }

  #slotOfId(id: string): number {
    return isId(id) ? this.#byId.find(hashOfIdText(id), id) : -1;
  }

  /** The credential in a slot that was found under a name, its digest or its id; -1 if it was not found. */
  #read(slot: number, name: string): Credential | null {
    if (slot < 0) {
      return null;
    }
    this.#records.markRead(slot);
    const credential = this.#records.build(slot);
    // Kept only if it was the last one read at its place: a walk over all of them would else fill the map
    // with objects that nobody asks for again.
    const place = slot & (LAST_READ_PLACES - 1);
    if (this.#lastRead[place] === slot) {
      this.#built.set(name, credential);
    } else {
      this.#lastRead[place] = slot;
    }
    return credential;
  }

  #isBuilt(slot: number): boolean {
    return this.#built.has(this.#records.digestOf(slot)) || this.#built.has(this.#records.idOf(slot));
  }

  #free(slot: number): void {
    if (slot >= 0) {
      this.#byDigest.remove(slot);
      this.#byId.remove(slot);
      this.#built.delete(this.#records.digestOf(slot));
      this.#built.delete(this.#records.idOf(slot));
      this.#records.remove(slot);
    }
  }

  /**
   * Second chance: the hand passes over those that were read since it last came by. What is kept as an object
   * is not marked when it is read, so it counts as read.
   */
  #dropOne(): void {
    for (let passed = 0; ; passed += 1) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % this.slots;
      if (this.#records.isLive(slot)) {
        if (!(this.#records.isRead(slot) || this.#isBuilt(slot)) || passed >= PASSED_OVER_MAX) {
          this.#free(slot);
          return;
        }
        this.#records.unmarkRead(slot);
      }
    }
  }
}

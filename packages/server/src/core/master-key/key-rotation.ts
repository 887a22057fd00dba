import { SYSTEM } from "../audit/events.ts";
import { Keyring, type MasterKeys } from "../secret/keyring.ts";
import type { Store } from "../store.ts";
import { type KeyRecord, readKeyRecord, requireKeys, writeKeyRecord } from "./key-record.ts";

const INTERVAL_MS = 1_500;

/**
 * Brings new versions of the master key in while the server runs. A version becomes current only when every
 * living node has it at hand: else a node without it would call a good secret unknown. The database names the
 * versions that a start must have.
 */
export class KeyRotation {
  readonly #store: Store;
  readonly #keyring: Keyring;
  readonly #read: () => MasterKeys | null;
  readonly #onFailure: (error: unknown) => void;
  #wanted: number;
  #timer: NodeJS.Timeout | null = null;
  #lastFailure = "";

  /** `read` gives the keys anew, where they come from a file that may change; null where they cannot. */
  constructor(parts: {
    readonly store: Store;
    readonly keyring: Keyring;
    readonly read: () => MasterKeys | null;
    readonly onFailure: (error: unknown) => void;
  }) {
    this.#store = parts.store;
    this.#keyring = parts.keyring;
    this.#read = parts.read;
    this.#onFailure = parts.onFailure;
    this.#wanted = parts.keyring.currentVersion;
  }

  /**
   * Before the first request: what the database says counts, until all nodes have what the option says.
   * Throws `MasterKeyError`.
   */
  async begin(): Promise<void> {
    const record = await readKeyRecord(this.#store.read.settings);
    if (record === null) {
      await this.#activate(null);
      return;
    }
    requireKeys(this.#keyring, record);
    this.#keyring.use(record.current);
    await this.#step(record);
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.tick().catch((error: unknown) => this.#noteFailure(error));
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) {
      clearInterval(this.#timer);
    }
  }

  /** Takes up a changed file, and makes the wanted version current once all nodes have it. */
  async tick(): Promise<void> {
    const given = this.#read();
    const record = await readKeyRecord(this.#store.read.settings);
    if (record === null) {
      return;
    }
    if (given !== null && !isSame(given, this.#keyring)) {
      requireKeys(new Keyring(given), record);
      this.#keyring.learn(given.keys);
    }
    // Also where nothing changed here: another node may have brought in a version that this one lacks.
    requireKeys(this.#keyring, record);
    this.#wanted = given?.current ?? this.#wanted;
    await this.#step(record);
    this.#lastFailure = "";
  }

  async #step(record: KeyRecord): Promise<void> {
    if (this.#wanted === this.#keyring.currentVersion) {
      return;
    }
    if (await this.#store.read.keyVersions.isKnownToNodes(this.#wanted)) {
      await this.#activate(record);
    }
  }

  async #activate(seen: KeyRecord | null): Promise<void> {
    const version = this.#wanted;
    await this.#store.write(async (writes) => {
      const record = (await readKeyRecord(writes.settings)) ?? seen;
      const fingerprints = { ...record?.fingerprints, [version]: this.#keyring.fingerprint(version) };
      await writeKeyRecord(writes.settings, { current: version, fingerprints });
      if (record !== null && record.current !== version) {
        await writes.audit.append({
          action: "key.rotate",
          actor: SYSTEM,
          owner: null,
          credentialId: null,
          details: { purpose: "master", from: record.current, to: version },
        });
      }
    });
    this.#keyring.use(version);
  }

  /** A mistake in the file is told once, not each time it is looked at. */
  #noteFailure(error: unknown): void {
    const text = String(error);
    if (text !== this.#lastFailure) {
      this.#lastFailure = text;
      this.#onFailure(error);
    }
  }
}

function isSame({ keys }: MasterKeys, keyring: Keyring): boolean {
  return keys.size === keyring.versions.length && keyring.versions.every((version) => keys.has(version));
}

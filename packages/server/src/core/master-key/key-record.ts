import type { Keyring } from "../secret/keyring.ts";
import type { SettingReads, SettingWrites } from "../store.ts";

/** The versions of the master key that the database needs, and the last one that was brought in. */
export interface KeyRecord {
  readonly current: number;
  /** By version. */
  readonly fingerprints: Readonly<Record<string, string>>;
}

const RECORD_SETTING = "master-keys";
/**
 * What earlier versions of this program compare their only key with; the current one here, so that they do
 * not start without it.
 */
const EARLIER_SETTING = "master-key";

/** A version of the master key that the database needs is missing, or is another key. */
class MasterKeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MasterKeyError";
  }
}

/** Null for a database that has not been used yet. */
export async function readKeyRecord(settings: SettingReads): Promise<KeyRecord | null> {
  const text = await settings.get(RECORD_SETTING);
  if (text !== null) {
    return JSON.parse(text) as KeyRecord;
  }
  const only = await settings.get(EARLIER_SETTING);
  return only === null ? null : { current: 1, fingerprints: { 1: only } };
}

export async function writeKeyRecord(settings: SettingWrites, record: KeyRecord): Promise<void> {
  await settings.set(RECORD_SETTING, JSON.stringify(record));
  await settings.set(EARLIER_SETTING, record.fingerprints[record.current] ?? "");
}

/** Throws `MasterKeyError` unless every version that the database needs is at hand and is the right key. */
export function requireKeys(keyring: Keyring, record: KeyRecord): void {
  for (const [text, fingerprint] of Object.entries(record.fingerprints)) {
    const version = Number(text);
    if (!keyring.versions.includes(version)) {
      throw new MasterKeyError(
        `The database needs version ${version} of the master key, and MINTMARK_MASTER_KEY does not hold it. Give it too (v${version}:…), or retire it first: mintmark-server key retire v${version}`,
      );
    }
    if (keyring.fingerprint(version) !== fingerprint) {
      throw new MasterKeyError(
        "The master key is not the one this store was made with, so no credential in it could be verified. Give the right MINTMARK_MASTER_KEY.",
      );
    }
  }
}

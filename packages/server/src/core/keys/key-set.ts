import { createPublicKey, type KeyObject } from "node:crypto";
import { libtrustFingerprint } from "./libtrust.ts";
import type { SigningKeyRecord } from "./signing-key.ts";

/**
 * How long a retired key outlives the last token it can have signed: for slow nodes, and for verifiers that
 * allow a minute.
 */
const GRACE_MS = 60_000;

/** The key that will sign a token, as its header may name it. */
export interface SigningIdentity {
  readonly thumbprint: string;
  readonly publicKey: KeyObject;
  readonly certificatePem: string | null;
}

export interface LoadedKey extends SigningIdentity {
  readonly record: SigningKeyRecord;
}

export interface KeySet {
  readonly all: readonly LoadedKey[];
  readonly byKid: ReadonlyMap<string, LoadedKey>;
}

/** True while tokens of this key may be valid or become so. */
export function isPublished(key: SigningKeyRecord, now: number): boolean {
  return key.state !== "retired" || now < (key.retiredAt ?? 0) + key.longestTokenMs + GRACE_MS;
}

/** Registry keys go by both names, since a token bears the one that its registry knows. */
export function loadKeys(records: readonly SigningKeyRecord[]): KeySet {
  const byKid = new Map<string, LoadedKey>();
  const all = records.map((record): LoadedKey => {
    const publicKey = createPublicKey(record.publicPem);
    const key = { record, publicKey, thumbprint: record.thumbprint, certificatePem: record.certificatePem };
    byKid.set(record.thumbprint, key);
    if (record.purpose === "registry") {
      byKid.set(libtrustFingerprint(publicKey), key);
    }
    return key;
  });
  return { all, byKid };
}

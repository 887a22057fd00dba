import { SYSTEM } from "../audit/events.ts";
import type { Keyring } from "../secret/keyring.ts";
import type { Store, Writes } from "../store.ts";
import type { Entropy } from "../world.ts";
import { readKeyRecord, writeKeyRecord } from "./key-record.ts";
import { resealSome } from "./reseal-job.ts";

export type RetireOutcome =
  | { readonly outcome: "done"; readonly credentialsEnded: number; readonly clientsEnded: readonly string[] }
  | { readonly outcome: "unknown" }
  /** New things are still kept under it. */
  | { readonly outcome: "current" }
  /** Some have not been used since the rotation. */
  | { readonly outcome: "in_use"; readonly credentials: number; readonly clients: readonly string[] };

const BATCH = 200;

/**
 * Takes a version of the master key out of use: everything sealed moves first. What is still kept under it
 * and has not been used since keeps it, unless `endRemaining` is asked for.
 */
export async function retireKey(
  parts: { readonly store: Store; readonly keyring: Keyring; readonly entropy: Entropy },
  version: number,
  { endRemaining, now }: { readonly endRemaining: boolean; readonly now: number },
): Promise<RetireOutcome> {
  const { store, keyring } = parts;
  const record = await readKeyRecord(store.read.settings);
  if (record === null || !(version in record.fingerprints)) {
    return { outcome: "unknown" };
  }
  if (record.current === version) {
    return { outcome: "current" };
  }
  keyring.use(record.current);
  while ((await resealSome(parts)) > 0) {
    // Until nothing is left.
  }
  const use = (await store.read.keyVersions.uses()).find((candidate) => candidate.version === version);
  const credentials = Object.values(use?.credentials ?? {}).reduce((sum, count) => sum + count, 0);
  const clients = use?.clients ?? [];
  if (!endRemaining && (credentials > 0 || clients.length > 0)) {
    return { outcome: "in_use", credentials, clients };
  }
  let ended = 0;
  for (;;) {
    const some = await store.write((writes) => endSome(writes, version, now), "large");
    ended += some;
    if (some < BATCH) {
      break;
    }
  }
  await store.write(async (writes) => {
    for (const clientId of clients) {
      await writes.keyVersions.endClientSecret(clientId);
      writes.announce({ of: "client", clientId });
    }
    const { [version]: _retired, ...fingerprints } = record.fingerprints;
    await writeKeyRecord(writes.settings, { current: record.current, fingerprints });
    await writes.audit.append({
      action: "key.retire",
      actor: SYSTEM,
      owner: null,
      credentialId: null,
      details: { purpose: "master", version, credentialsEnded: ended, clientSecretsEnded: clients },
    });
  });
  return { outcome: "done", credentialsEnded: ended, clientsEnded: clients };
}

async function endSome(writes: Writes, version: number, now: number): Promise<number> {
  const credentials = await writes.keyVersions.credentialsUnder(version, BATCH);
  for (const { id, ownerId, kind, hint, title } of credentials) {
    await writes.credentials.end(id, { at: now, reason: "policy", note: "its master key was retired" });
    writes.announce({ of: "credential", id });
    const owner = await writes.accounts.findById(ownerId);
    await writes.audit.append({
      action: "credential.revoke",
      actor: SYSTEM,
      owner: owner && { id: owner.id, username: owner.username },
      credentialId: id,
      details: { kind, hint, title, reason: "policy" },
    });
  }
  return credentials.length;
}

import { type ChainHead, SYSTEM } from "../audit/events.ts";
import type { Store } from "../store.ts";
import type { LoggedStates } from "./ports.ts";
import { RESTORED_SETTING, type RestoreRecord } from "./restored.ts";

/**
 * Turns a copied database into one that revives nothing, in one change: sessions, codes, bearers and signing
 * keys end, and the states of an ends log are applied. Without a log an administrator must decide first.
 */
export async function settleRestore(
  store: Store,
  {
    at,
    backup,
    states,
  }: {
    readonly at: number;
    readonly backup: ChainHead & { readonly at: number };
    readonly states: LoggedStates | null;
  },
): Promise<RestoreRecord> {
  // A log that holds nothing after the backup still says that nothing ended since.
  const log = states ? (states.audit ?? { seq: backup.seq, hash: backup.hash }) : null;
  const record: RestoreRecord = { at, backup, log, decision: null };
  await store.write(async (writes) => {
    if (states) {
      await writes.restore.replay(states);
    }
    await writes.restore.endTransient();
    await writes.settings.set(RESTORED_SETTING, JSON.stringify(record));
    await writes.audit.append({
      action: "restore.apply",
      actor: SYSTEM,
      owner: null,
      credentialId: null,
      details: { backup, log, records: states?.records ?? null },
    });
    writes.announce({ of: "everything" });
  });
  return record;
}

import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { requireStanding } from "../standing.ts";
import { RESTORED_SETTING, type RestoreChoice, type RestoreRecord, readRestoreRecord } from "./restored.ts";

/**
 * Decides what becomes of the credentials from before the restore, once. `freeze` freezes every active one.
 * Throws `not_restored` for a hub that was not restored, was restored with its ends log, or was decided
 * about, and throws like `requireStanding`.
 */
export async function decideRestore(
  context: HubContext,
  choice: RestoreChoice,
  caller: Caller,
): Promise<RestoreRecord> {
  const decision = { choice, at: context.clock.now(), by: actorOf(caller).name };
  const record = await context.store.write(async (writes) => {
    await requireStanding(context, writes, caller);
    const present = readRestoreRecord(await writes.settings.get(RESTORED_SETTING));
    if (!present || present.log !== null || present.decision !== null) {
      throw new HubError("not_restored");
    }
    const decided: RestoreRecord = { ...present, decision };
    const frozen = choice === "freeze" ? await writes.restore.freezeEarlier(present.at, decision) : 0;
    await writes.settings.set(RESTORED_SETTING, JSON.stringify(decided));
    await writes.audit.append({
      action: "restore.decide",
      actor: actorOf(caller),
      owner: null,
      credentialId: null,
      details: { choice, frozen, backupAt: present.backup.at, backupSeq: present.backup.seq },
    });
    writes.announce({ of: "everything" });
    return decided;
  }, "large");
  context.restored.take(record);
  return record;
}

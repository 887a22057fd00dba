import type { ChainHead } from "../audit/events.ts";
import { actorOf, type Caller } from "../caller.ts";
import { HubError } from "../errors.ts";
import type { Store } from "../store.ts";
import type { Clock } from "../world.ts";

/** An administrator's decision about what was created before the backup. */
export type RestoreChoice = "accept" | "freeze";

/** The facts of the last restore. Times are epoch milliseconds. */
export interface RestoreRecord {
  readonly at: number;
  readonly backup: ChainHead & { readonly at: number };
  /**
   * The audit head that the ends log reached; null without a log: then it is unknown what ended since the
   * backup.
   */
  readonly log: ChainHead | null;
  readonly decision: { readonly choice: RestoreChoice; readonly at: number; readonly by: string } | null;
}

/** The setting that holds the record. */
export const RESTORED_SETTING = "restored";

/**
 * A hub that was restored without an ends log does not know what ended after the backup. Until an
 * administrator decides, every secret that was created before the restore is answered with
 * `restored_undecided`.
 */
export class Restored {
  readonly #store: Store;
  readonly #clock: Clock;
  #record: RestoreRecord | null = null;

  private constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  static async load(store: Store, clock: Clock): Promise<Restored> {
    const restored = new Restored(store, clock);
    await restored.#load();
    store.onChange((change) => {
      // Another node, or a command, may have decided. Until it is read again the earlier answer stands, which
      // is the stricter one.
      if (change.of === "everything") {
        restored.#load().catch(() => undefined);
      }
    });
    return restored;
  }

  get record(): RestoreRecord | null {
    return this.#record;
  }

  /** True while an administrator must decide. */
  get isUndecided(): boolean {
    return this.#record !== null && this.#record.log === null && this.#record.decision === null;
  }

  /** Throws `restored_undecided` for a secret of this age until an administrator decides. */
  require(createdAt: number): void {
    if (this.#record !== null && this.isUndecided && createdAt <= this.#record.at) {
      throw new HubError("restored_undecided");
    }
  }

  /**
   * Decides, once. `freeze` freezes every active credential from before the restore. Throws `not_restored`
   * for a hub that was not restored, was restored with its ends log, or was decided about.
   */
  async decide(choice: RestoreChoice, caller: Caller): Promise<RestoreRecord> {
    const decision = { choice, at: this.#clock.now(), by: actorOf(caller).name };
    const record = await this.#store.write(async (writes) => {
      const present = readRecord(await writes.settings.get(RESTORED_SETTING));
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
    });
    this.#record = record;
    return record;
  }

  async #load(): Promise<void> {
    this.#record = readRecord(await this.#store.read.settings.get(RESTORED_SETTING));
  }
}

function readRecord(text: string | null): RestoreRecord | null {
  return text === null ? null : (JSON.parse(text) as RestoreRecord);
}

import type { ChainHead } from "../audit/events.ts";
import { HubError } from "../errors.ts";
import type { Store } from "../store.ts";

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
  #record: RestoreRecord | null = null;

  private constructor(store: Store) {
    this.#store = store;
  }

  static async load(store: Store): Promise<Restored> {
    const restored = new Restored(store);
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

  /** Takes up the decision that was just committed here. */
  take(record: RestoreRecord): void {
    this.#record = record;
  }

  async #load(): Promise<void> {
    this.#record = readRestoreRecord(await this.#store.read.settings.get(RESTORED_SETTING));
  }
}

export function readRestoreRecord(text: string | null): RestoreRecord | null {
  return text === null ? null : (JSON.parse(text) as RestoreRecord);
}

import type { ChainHead } from "../../../core/audit/events.ts";
import type { LoggedStates } from "../../../core/restore/ports.ts";
import type { EndsPlace } from "./ends-record.ts";
import type { PowerImage } from "./power-rows.ts";

/** A batch of changes as the log has it: one record, or the parts of one together. */
export interface LoggedBatch extends EndsPlace {
  /** The number of its first record; `n` is that of its last. */
  readonly first: number;
  /** The hash of the record before the first. */
  readonly previous: string;
  readonly audit: ChainHead;
  readonly images: readonly PowerImage[];
}

/** The last image of each subject in a run of batches. */
export class LoggedImages implements LoggedStates {
  readonly records: number;
  readonly audit: ChainHead | null;
  readonly #images = new Map<string, PowerImage>();

  constructor(batches: readonly LoggedBatch[]) {
    this.records = batches.length;
    this.audit = batches.at(-1)?.audit ?? null;
    for (const { images } of batches) {
      for (const image of images) {
        this.#images.set(`${image.table} ${image.by} ${image.key}`, image);
      }
    }
  }

  /**
   * Those that set something free come first, such as ends, so that a unique index never meets an old and a
   * new holder together.
   */
  get images(): readonly PowerImage[] {
    const images = [...this.#images.values()];
    const frees = ({ rows }: PowerImage): boolean =>
      rows.every(({ ended_at }) => typeof ended_at === "number");
    return [...images.filter(frees), ...images.filter((image) => !frees(image))];
  }
}

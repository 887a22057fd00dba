import type { ChainHead } from "../../../core/audit/events.ts";
import type { LoggedStates } from "../../../core/restore/ports.ts";
import type { EndsRecord } from "./ends-record.ts";
import type { PowerImage } from "./power-rows.ts";

/** The last image of each subject in a run of records. */
export class LoggedImages implements LoggedStates {
  readonly records: number;
  readonly audit: ChainHead | null;
  readonly #images = new Map<string, PowerImage>();

  constructor(records: readonly EndsRecord[]) {
    this.records = records.length;
    this.audit = records.at(-1)?.audit ?? null;
    for (const { images } of records) {
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

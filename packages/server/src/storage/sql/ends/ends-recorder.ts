import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { ChainHead } from "../../../core/audit/events.ts";
import type { Change } from "../../../core/store.ts";
import type { Clock } from "../../../core/world.ts";
import type { EventTrace } from "../audit.ts";
import { namedQuery } from "../batch/row-sets.ts";
import type { SentStatements } from "../batch/sent-statements.ts";
import type { SqlFlavour } from "../flavour.ts";
import type { Database } from "../schema.ts";
import { SqlSettings } from "../settings.ts";
import { type EndsPlace, type EndsRecord, nextRecord, openingRecord } from "./ends-record.ts";
import { type PowerImage, readImages, TouchedPower, touchesPower } from "./power-rows.ts";

export type LastRecord = Pick<EndsRecord, "log" | "n" | "hash" | "previous" | "part">;

/** Where the records go: a file on another disk. */
export interface EndsSink {
  /** The last whole record, or null if there is none. */
  last(): Promise<LastRecord | null>;
  /**
   * Resolves when the record is on the disk, or, if it is a part with others behind it, when it is handed to
   * the system. Rejects if it cannot be written.
   */
  append(record: EndsRecord): Promise<void>;
  /** Told when records of a log are missing here, in a sentence for the operator. */
  onLoss(sentence: string): void;
  close(): Promise<void>;
}

/** The setting that holds the place; a restore removes it. */
export const ENDS_PLACE_SETTING = "ends-log";
const FORGET_PLACE = namedQuery(
  "ends-forget",
  `delete from settings where name = '${ENDS_PLACE_SETTING}'`,
)([]);

/**
 * Writes every change of power to the ends log before it is committed, so that no acknowledged change is
 * missing there. The place that the log has reached moves in the same transaction. A change by a process
 * without a log therefore removes the place, and the next record opens a new log: a restore then notices that
 * the old one has a hole.
 */
export class EndsRecorder {
  readonly #sink: EndsSink | null;
  readonly #clock: Clock;
  readonly #flavour: SqlFlavour;

  constructor(sink: EndsSink | null, clock: Clock, flavour: SqlFlavour) {
    this.#sink = sink;
    this.#clock = clock;
    this.#flavour = flavour;
  }

  /** Opens the log at a start, if it is not open yet or was lost. */
  async begin(db: Kysely<Database>, audit: ChainHead): Promise<void> {
    if (this.#sink) {
      const settings = new SqlSettings(db);
      await this.#placeIn(this.#sink, settings, audit);
    }
  }

  /** Called in the transaction of a batch, after its jobs and before its commit. */
  async record(
    { db, statements }: { readonly db: Kysely<Database>; readonly statements: SentStatements },
    batch: {
      readonly changes: readonly Change[];
      readonly events: readonly EventTrace[];
      readonly audit: ChainHead;
    },
  ): Promise<void> {
    const settings = new SqlSettings(db);
    if (!this.#sink) {
      if (touchesPower(batch.changes, batch.events)) {
        await statements.send(FORGET_PLACE);
      }
      return;
    }
    const touched = await TouchedPower.of(batch.changes, batch.events);
    if (touched.isEmpty) {
      return;
    }
    const place = await this.#placeIn(this.#sink, settings, batch.audit);
    const common = { at: this.#clock.now(), audit: batch.audit };
    let last = place;
    for await (const { images, isLast } of inParts(readImages(db, this.#flavour, touched))) {
      const isWhole = isLast && last === place;
      const part = isWhole ? {} : { part: { after: place.hash, isLast } };
      const record = nextRecord(last, { ...common, images, ...part });
      await this.#sink.append(record);
      last = record;
    }
    await this.#keepPlace(settings, last);
  }

  /** The place that the next record follows; that of a new log if there is none or records are missing. */
  async #placeIn(sink: EndsSink, settings: SqlSettings, audit: ChainHead): Promise<EndsPlace> {
    const stored = await settings.get(ENDS_PLACE_SETTING);
    const place = stored === null ? null : (JSON.parse(stored) as EndsPlace);
    if (place !== null && (await this.#holds(sink, place))) {
      return place;
    }
    const opening = openingRecord(randomBytes(16).toString("hex"), this.#clock.now(), audit);
    await sink.append(opening);
    await this.#keepPlace(settings, opening);
    return opening;
  }

  async #holds(sink: EndsSink, place: EndsPlace): Promise<boolean> {
    const last = await sink.last();
    // With several nodes each node has a part of the log, so none can tell from its own part what is missing;
    // a restore can.
    if (this.#flavour.locksRows) {
      if (last === null && place.n > 0) {
        sink.onLoss(
          "The ends log of this node is empty and begins here. If it was not, records are lost: back up now.",
        );
      }
      return true;
    }
    // A record that was written but never committed follows the place, and so do the parts of one; no client
    // was told of its change.
    const before = last?.part?.after ?? last?.previous;
    const isComplete = last?.hash === place.hash || (last?.log === place.log && before === place.hash);
    if (!isComplete) {
      sink.onLoss(
        "Records are missing at the end of the ends log. A new log begins; earlier backups can no longer be restored with it: back up now.",
      );
    }
    return isComplete;
  }

  async #keepPlace(settings: SqlSettings, { log, n, hash }: EndsPlace): Promise<void> {
    await settings.set(ENDS_PLACE_SETTING, JSON.stringify({ log, n, hash } satisfies EndsPlace));
  }
}

/** Rows of one part: a few hundred kilobytes, which take some milliseconds to write and to hash. */
const PART_ROWS = 200;

/** The images in parts of a bounded size; at least one part. */
async function* inParts(
  images: AsyncIterable<PowerImage>,
): AsyncGenerator<{ readonly images: readonly PowerImage[]; readonly isLast: boolean }> {
  let part: PowerImage[] = [];
  let rows = 0;
  for await (const image of images) {
    if (rows >= PART_ROWS) {
      yield { images: part, isLast: false };
      part = [];
      rows = 0;
    }
    part.push(image);
    rows += Math.max(1, image.rows.length);
  }
  yield { images: part, isLast: true };
}

import { createHash } from "node:crypto";
import type { ChainHead } from "../../../core/audit/events.ts";
import type { PowerImage } from "./power-rows.ts";

/**
 * The place of the ends log that the database has reached; kept in the database, moved in the transaction of
 * each change.
 */
export interface EndsPlace {
  /** Tells one log from another. */
  readonly log: string;
  /** The number of the last record. */
  readonly n: number;
  readonly hash: string;
}

/**
 * Marks one of the lines that hold a large batch together: they count only if all of them are there. A line
 * of a hundred thousand images would have to be put together in one piece.
 */
export interface RecordPart {
  /** The hash of the record before the first part. */
  readonly after: string;
  readonly isLast: boolean;
}

/** One batch of changes, or a part of one: one line of the log. */
export interface EndsRecord extends EndsPlace {
  /** The hash of the record before; of the first one, zeros. */
  readonly previous: string;
  readonly at: number;
  /** The audit head after the batch; of the first record, the one that the log covers from. */
  readonly audit: ChainHead;
  readonly images: readonly PowerImage[];
  /** Absent if the line holds the whole batch. */
  readonly part?: RecordPart;
}

const NOTHING_BEFORE = "0".repeat(64);

export function openingRecord(log: string, at: number, audit: ChainHead): EndsRecord {
  return seal({ log, n: 0, previous: NOTHING_BEFORE, at, audit, images: [] });
}

export function nextRecord(
  place: EndsPlace,
  rest: Pick<EndsRecord, "at" | "audit" | "images" | "part">,
): EndsRecord {
  return seal({ log: place.log, n: place.n + 1, previous: place.hash, ...rest });
}

function seal(body: Omit<EndsRecord, "hash">): EndsRecord {
  return { ...body, hash: hashOf(body) };
}

/** In a fixed order, so that the text that is read back gives the same hash. */
function hashOf({ log, n, previous, at, audit, images, part }: Omit<EndsRecord, "hash">): string {
  const marks = part ? [part.after, part.isLast] : [];
  const fields = [log, n, previous, at, audit.seq, audit.hash, images, ...marks];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}

export function writeRecord(record: EndsRecord): string {
  const { log, n, previous, at, audit, images, part, hash } = record;
  return `${JSON.stringify({ log, n, previous, at, audit, images, part, hash })}\n`;
}

/** True if nothing of the batch comes after this record. */
export function isEndOfBatch({ part }: EndsRecord): boolean {
  return part?.isLast ?? true;
}

/** The record of a line, or null for a line that was torn or changed. */
export function readRecord(line: string): EndsRecord | null {
  try {
    const record = JSON.parse(line) as EndsRecord;
    const { hash, ...body } = record;
    return Array.isArray(body.images) && hashOf(body) === hash ? record : null;
  } catch {
    return null;
  }
}

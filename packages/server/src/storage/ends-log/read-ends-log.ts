import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type EndsPlace, type EndsRecord, isEndOfBatch, readRecord } from "../sql/ends/ends-record.ts";
import { type LoggedBatch, LoggedImages } from "../sql/ends/logged-images.ts";
import type { PowerImage } from "../sql/ends/power-rows.ts";
import { rotatedFiles } from "./ends-file.ts";

/** The log cannot bring this backup to its last state. */
export class EndsLogError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "EndsLogError";
  }
}

/**
 * What the log at these paths, with the files it was rotated to, says about the time after the backup whose
 * database had reached `place`. Several paths are the parts of several nodes. A torn last line counts as not
 * written: nobody was told of its change. Throws `EndsLogError` for a log of another hub, one that begins
 * after the backup and one with a hole. Nor does a batch whose last part is missing count.
 */
export async function readEndsLog(paths: readonly string[], place: EndsPlace | null): Promise<LoggedImages> {
  if (place === null) {
    throw new EndsLogError("the ends log begins after this backup: the database had no log when it was made");
  }
  const parts = await Promise.all(paths.map(filesOf));
  const later: LoggedBatch[] = [];
  let knowsPlace = false;
  let isOther = false;
  for (const files of parts) {
    for await (const batch of batchesIn(files)) {
      if (batch.log !== place.log) {
        isOther = true;
      } else if (batch.first > place.n) {
        later.push(batch);
      } else {
        knowsPlace ||= batch.n === place.n && batch.hash === place.hash;
      }
    }
  }
  if (later.length === 0 && !knowsPlace) {
    throw new EndsLogError(
      isOther
        ? "this is the ends log of another hub, or of another time of this one"
        : "the ends log ends before the backup, so records are missing",
    );
  }
  for (const newest of parts.map((part) => part.at(-1) ?? "")) {
    await refuseChangedEnd(newest);
  }
  const batches = chainFrom(place, later);
  if (isOther) {
    await refuseLaterLog(parts.flat(), place.log, batches.at(-1)?.audit.seq ?? 0);
  }
  return new LoggedImages(batches);
}

/**
 * The files of one log, the oldest first. The file under the path itself is missing for a moment after each
 * rotation.
 */
async function filesOf(path: string): Promise<readonly string[]> {
  const isThere = (await stat(path).catch(() => null)) !== null;
  const files = [...(await rotatedFiles(path).catch(() => [])), ...(isThere ? [path] : [])];
  if (files.length === 0) {
    throw new EndsLogError(`there is no ends log at ${path}`);
  }
  return files;
}

/** The batches that follow one another from the place on. */
function chainFrom(place: EndsPlace, later: readonly LoggedBatch[]): readonly LoggedBatch[] {
  const followers = new Map<string, LoggedBatch[]>();
  for (const batch of later) {
    followers.set(batch.previous, [...(followers.get(batch.previous) ?? []), batch]);
  }
  const chain: LoggedBatch[] = [];
  let last = place;
  for (;;) {
    const next = followers.get(last.hash) ?? [];
    // Of two that follow the same record, the one that was not committed has no successor.
    const batch = next.find(({ hash }) => followers.has(hash)) ?? next.at(-1);
    if (!batch) {
      break;
    }
    chain.push(batch);
    last = batch;
  }
  const known = new Set([place.hash, ...later.map(({ hash }) => hash)]);
  if (later.some(({ previous }) => !known.has(previous))) {
    throw new EndsLogError(
      chain.length === 0
        ? "the ends log begins after this backup, or is the log of another hub"
        : `the ends log has a hole: record ${last.n + 1} is missing or was changed`,
    );
  }
  return chain;
}

/** Refuses a log that was opened after this one ended: neither contains the changes between the two. */
async function refuseLaterLog(files: readonly string[], log: string, seq: number): Promise<void> {
  for (const file of files) {
    for await (const record of recordsIn(file)) {
      if (record.log !== log && record.audit.seq > seq) {
        throw new EndsLogError(
          "the ends log has a hole: a new log was opened after records were lost or not written. Restore a backup made since then.",
        );
      }
    }
  }
}

/**
 * A whole last line that cannot be read was changed; one without its line break was torn while it was
 * written.
 */
async function refuseChangedEnd(path: string): Promise<void> {
  const { size } = await stat(path);
  const end = createReadStream(path, { start: Math.max(0, size - 1) });
  const last = Buffer.concat(await end.toArray()).toString("latin1");
  let line = "";
  for await (const next of linesOf(path)) {
    line = next;
  }
  if (last === "\n" && line !== "" && readRecord(line) === null) {
    throw new EndsLogError("the last record of the ends log was changed");
  }
}

function linesOf(path: string): AsyncIterable<string> {
  const input = createReadStream(path, "utf8");
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

/** The batches of one log. Parts without their last one were not committed. */
async function* batchesIn(files: readonly string[]): AsyncIterable<LoggedBatch> {
  let parts: EndsRecord[] = [];
  for (const file of files) {
    for await (const record of recordsIn(file)) {
      if (parts.at(-1)?.hash !== record.previous || record.part === undefined) {
        parts = [];
      }
      if (parts.length > 0 || record.previous === (record.part?.after ?? record.previous)) {
        parts.push(record);
      }
      const [first] = parts;
      if (first && isEndOfBatch(record)) {
        yield { ...record, first: first.n, previous: first.previous, images: parts.flatMap(imagesOf) };
        parts = [];
      }
    }
  }
}

function imagesOf({ images }: EndsRecord): readonly PowerImage[] {
  return images;
}

async function* recordsIn(path: string): AsyncIterable<EndsRecord> {
  const lines = createInterface({
    input: createReadStream(path, "utf8"),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) {
    const record = line === "" ? null : readRecord(line);
    if (record) {
      yield record;
    }
  }
}

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type EndsPlace, type EndsRecord, readRecord } from "../sql/ends/ends-record.ts";
import { LoggedImages } from "../sql/ends/logged-images.ts";
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
 * after the backup and one with a hole.
 */
export async function readEndsLog(paths: readonly string[], place: EndsPlace | null): Promise<LoggedImages> {
  if (place === null) {
    throw new EndsLogError("the ends log begins after this backup: the database had no log when it was made");
  }
  const parts = await Promise.all(paths.map(filesOf));
  const files = parts.flat();
  const later = new Map<number, EndsRecord[]>();
  let knowsPlace = false;
  let newest = 0;
  let isOther = false;
  for (const file of files) {
    for await (const record of recordsIn(file)) {
      if (record.log !== place.log) {
        isOther = true;
      } else if (record.n > place.n) {
        later.set(record.n, [...(later.get(record.n) ?? []), record]);
        newest = Math.max(newest, record.n);
      } else {
        knowsPlace ||= record.n === place.n && record.hash === place.hash;
      }
    }
  }
  if (newest === 0 && !knowsPlace) {
    throw new EndsLogError(
      isOther
        ? "this is the ends log of another hub, or of another time of this one"
        : "the ends log ends before the backup, so records are missing",
    );
  }
  for (const newest of parts.map((part) => part.at(-1) ?? "")) {
    await refuseChangedEnd(newest);
  }
  const records = chainFrom(place, later, newest);
  if (isOther) {
    await refuseLaterLog(files, place.log, records.at(-1)?.audit.seq ?? 0);
  }
  return new LoggedImages(records);
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

/** The records that follow one another from the place on. */
function chainFrom(
  place: EndsPlace,
  later: ReadonlyMap<number, readonly EndsRecord[]>,
  newest: number,
): readonly EndsRecord[] {
  const chain: EndsRecord[] = [];
  let hash = place.hash;
  for (let n = place.n + 1; n <= newest; n += 1) {
    const next = (later.get(n) ?? []).filter(({ previous }) => previous === hash);
    // Of two that follow the same record, the one that was not committed has no successor.
    const followed = next.find((record) =>
      later.get(n + 1)?.some(({ previous }) => previous === record.hash),
    );
    const record = followed ?? next.at(-1);
    if (!record) {
      throw new EndsLogError(
        n === place.n + 1
          ? "the ends log begins after this backup, or is the log of another hub"
          : `the ends log has a hole: record ${n} is missing or was changed`,
      );
    }
    chain.push(record);
    hash = record.hash;
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

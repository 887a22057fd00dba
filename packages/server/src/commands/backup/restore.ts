import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Config } from "../../config/options.ts";
import { keyAudit } from "../../core/audit/seal.ts";
import { settleRestore } from "../../core/restore/settle-restore.ts";
import { Keyring } from "../../core/secret/keyring.ts";
import type { Store } from "../../core/store.ts";
import { openArtifacts } from "../../storage/artifacts/open-artifacts.ts";
import { EndsLogError, readEndsLog } from "../../storage/ends-log/read-ends-log.ts";
import { openPostgresStore } from "../../storage/postgres/open.ts";
import { ENDS_PLACE_SETTING } from "../../storage/sql/ends/ends-recorder.ts";
import { openSqliteStore } from "../../storage/sqlite/open.ts";
import { systemClock } from "../../system/clock.ts";
import { systemEntropy } from "../../system/entropy.ts";
import { answer, type Command, type Invocation } from "../command.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { formatBytes, Progress } from "../progress.ts";
import { readArchive } from "./archive.ts";
import { DATABASE_NAME, type Manifest } from "./manifest.ts";

const OWNER_ONLY_DIRECTORY = 0o700;
const OWNER_ONLY_FILE = 0o600;
/** Everything is written in here first, so that a directory without it holds a whole restore or none. */
const UNFINISHED = ".mintmark-restore";

export const restore: Command = {
  name: "restore",
  summary: "Bring a backup back, so that nothing that was ended lives again.",
  words: [],
  flags: {
    from: { value: "FILE", doc: "The backup." },
    ends: {
      value: "FILE",
      repeats: true,
      doc: "The ends log (MINTMARK_ENDS_LOG) of the lost server; with several nodes once for each. Files that it was rotated to are found next to it.",
    },
  },
  doc: "Restores into an empty --data-dir (73 if it is not). The master key comes from its option; if it is not the one of the backup the command ends with 78 and has written nothing. Sessions, bearers and codes end, and there are new signing keys. With --ends everything comes to the last state that the log has: what was ended, frozen or withdrawn after the backup stays so. A log that does not fit is refused (65). Without --ends the server answers 503 to every secret from before, until an administrator has decided. With PostgreSQL restore the database first (pg_restore); this command brings back the collections and settles the database.",
  run: async (invocation) => {
    const from = invocation.flags.value("from");
    if (from === undefined) {
      throw new CommandError(EXIT.usage, "--from FILE is missing");
    }
    return restoreFrom(invocation, from);
  },
};

async function restoreFrom(invocation: Invocation, from: string): Promise<number> {
  const { config, terminal } = invocation;
  const directory = resolve(config.dataDir);
  await requireEmpty(directory);
  const manifest = await readArchive(from, drain, (found) => requireFitting(config, found));
  const isNew = (await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY })) !== undefined;
  try {
    const bytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
    const progress = new Progress(terminal, "restore", bytes);
    const scratch = join(directory, UNFINISHED);
    await readArchive(from, ({ name }, content) => unpack(join(scratch, name), content, progress));
    await sendArtifacts(invocation, scratch, manifest);
    const records = await settle(invocation, scratch, manifest);
    await moveUp(scratch, directory);
    report(invocation, manifest, { directory, bytes, records });
    return EXIT.done;
  } catch (error) {
    await empty(directory);
    if (isNew) {
      await rm(directory, { recursive: true, force: true });
    }
    throw error instanceof EndsLogError ? new CommandError(EXIT.data, error.message) : error;
  }
}

async function requireEmpty(directory: string): Promise<void> {
  const names: readonly string[] = await readdir(directory).catch(() => []);
  if (names.includes(UNFINISHED)) {
    throw new CommandError(
      EXIT.cannotCreate,
      `${directory} holds a restore that was interrupted. Empty it, then restore again.`,
    );
  }
  if (names.length > 0) {
    throw new CommandError(
      EXIT.cannotCreate,
      `${directory} is not empty. Give --data-dir an empty directory.`,
    );
  }
}

/** Is this a backup for these options? Asked before anything is written. */
function requireFitting({ databaseUrl, masterKey }: Config, manifest: Manifest): void {
  const store = databaseUrl === undefined ? "sqlite" : "postgres";
  if (manifest.store !== store) {
    throw new CommandError(
      EXIT.config,
      manifest.store === "postgres"
        ? "this is the backup of a server with PostgreSQL: give MINTMARK_DATABASE_URL"
        : "this is the backup of a server with SQLite: leave MINTMARK_DATABASE_URL out",
    );
  }
  if (masterKey === undefined) {
    throw new CommandError(
      EXIT.config,
      "give the master key of the backup with MINTMARK_MASTER_KEY or MINTMARK_MASTER_KEY_FILE",
    );
  }
  const keyring = new Keyring(masterKey);
  for (const [version, fingerprint] of Object.entries(manifest.keyFingerprints)) {
    const isAtHand = keyring.versions.includes(Number(version));
    if (!isAtHand || keyring.fingerprint(Number(version)) !== fingerprint) {
      throw new CommandError(
        EXIT.config,
        `MINTMARK_MASTER_KEY does not hold version ${version} of the master key of this backup`,
      );
    }
  }
}

async function drain(_file: unknown, content: Readable): Promise<void> {
  for await (const _chunk of content) {
    // Only its hash counts here.
  }
}

async function unpack(path: string, content: Readable, progress: Progress): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  content.on("data", (chunk: Buffer) => progress.add(chunk.length));
  await pipeline(content, createWriteStream(path, { flags: "wx", mode: OWNER_ONLY_FILE, flush: true }));
}

/** If artifacts live in a bucket, those of the backup go there, and not into the directory. */
async function sendArtifacts({ config, terminal }: Invocation, scratch: string, manifest: Manifest) {
  if (config.artifacts === undefined) {
    return;
  }
  const files = manifest.files.filter(({ name }) => name !== DATABASE_NAME);
  const sum = files.reduce((bytes, { size }) => bytes + size, 0);
  const progress = new Progress(terminal, `restore to the bucket ${config.artifacts.bucket}`, sum);
  const store = await openArtifacts(config, scratch, (sentence) => {
    throw new CommandError(EXIT.unavailable, sentence);
  });
  for (const { name, sha256, size } of files) {
    await store.publish({ path: join(scratch, name), sha256, size });
    progress.add(size);
  }
  await rm(join(scratch, "artifacts"), { recursive: true, force: true });
}

/** Ends what a restore must end. How many records of the ends log were replayed; null without a log. */
async function settle(
  { config, flags }: Invocation,
  scratch: string,
  manifest: Manifest,
): Promise<number | null> {
  const store = await openRestored(config, scratch);
  try {
    if (config.masterKey) {
      await keyAudit({ store, keyring: new Keyring(config.masterKey), entropy: systemEntropy });
    }
    const paths = flags.values("ends").map((path) => resolve(path));
    const place = await store.read.settings.get(ENDS_PLACE_SETTING);
    const states = paths.length === 0 ? null : await readEndsLog(paths, place && JSON.parse(place));
    const head = await store.read.audit.head();
    const backup = { ...head, at: Date.parse(manifest.at) };
    await settleRestore(store, { at: systemClock.now(), backup, states });
    return states?.records ?? null;
  } finally {
    await store.close();
  }
}

function openRestored({ databaseUrl }: Config, scratch: string): Promise<Store> {
  return databaseUrl === undefined
    ? openSqliteStore(join(scratch, DATABASE_NAME), systemClock)
    : openPostgresStore(databaseUrl.reveal(), systemClock, () => undefined);
}

/** The database comes last: a directory with a database in it is a whole restore. */
async function moveUp(scratch: string, directory: string): Promise<void> {
  const all: readonly string[] = await readdir(scratch).catch(() => []);
  // The store has brought its log into the database. The driver for Node 20 closes the file only when its
  // statements are collected, and then takes the empty log away, perhaps between two of these lines.
  const names = all.filter((name) => !/-(?:wal|shm)$/.test(name));
  for (const name of names.toSorted((a) => (a === DATABASE_NAME ? 1 : -1))) {
    await rename(join(scratch, name), join(directory, name));
  }
  await rm(scratch, { recursive: true, force: true });
}

async function empty(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

function report(
  invocation: Invocation,
  manifest: Manifest,
  {
    directory,
    bytes,
    records,
  }: { readonly directory: string; readonly bytes: number; readonly records: number | null },
): void {
  const state = records === null ? "decide" : "complete";
  const next =
    records === null
      ? "Without an ends log nobody knows what was ended since. The server answers 503 to every secret from before, until an administrator\ndecides in the console or by POST /api/mintmark/v1/restored. Passwords are those of the backup, the administrators' too.\n"
      : `The ends log brought ${records} later changes back: nothing that was ended lives again.\n`;
  answer(
    invocation,
    { directory, at: manifest.at, bytes, files: manifest.files.length, records, restored: state },
    `restored ${formatBytes(bytes)} of ${manifest.at} into ${directory}\n${next}Start the server with the same master key.\n`,
  );
}

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArtifactStore } from "../../core/collection/ports.ts";
import { openArtifacts } from "../../storage/artifacts/open-artifacts.ts";
import { postgresFacts } from "../../storage/postgres/backup-facts.ts";
import type { BackupFacts } from "../../storage/sql/backup-facts.ts";
import { snapshotDatabase } from "../../storage/sqlite/snapshot.ts";
import { answer, type Command, type Invocation } from "../command.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { databasePath, requireDatabase } from "../open-store.ts";
import { formatBytes, Progress } from "../progress.ts";
import { readArchive, writeArchive } from "./archive.ts";
import { artifactName, type BackupFile, DATABASE_NAME, type Manifest, makeManifest } from "./manifest.ts";
import { refuseExisting, writeNewFile } from "./new-file.ts";

export const backup: Command = {
  name: "backup",
  summary: "Write a consistent copy while the server runs, or check one.",
  words: [],
  flags: {
    to: { value: "FILE|-", doc: "Where the copy goes: a new file (0600), or - for stdout." },
    check: { value: "FILE", doc: "Read this backup and tell whether it is whole. Ends with 65 if not." },
  },
  doc: "Writes a tar with manifest.json, the database as it is at one moment, and the uploaded collections, while the server runs. The file never exists half-written, and an existing one is refused (73). The master key is not in it, only its fingerprint: keep the key elsewhere. With PostgreSQL the tar holds collections and manifest only; pg_dump copies the database.",
  run: (invocation) => {
    const { flags } = invocation;
    const [target, checked] = [flags.value("to"), flags.value("check")];
    if ((target === undefined) === (checked === undefined)) {
      throw new CommandError(EXIT.usage, "give either --to FILE or --check FILE");
    }
    return checked === undefined
      ? makeBackup(invocation, target as string)
      : checkBackup(invocation, checked);
  },
};

async function makeBackup(invocation: Invocation, target: string): Promise<number> {
  const { config, terminal } = invocation;
  requireDatabase(config);
  const isStdout = target === "-";
  if (!isStdout) {
    await refuseExisting(target);
  }
  // Next to the target, where there must be room for the copy anyway.
  const parent = isStdout ? tmpdir() : dirname(resolve(target));
  const scratch = await mkdtemp(join(parent, ".mintmark-backup-"));
  try {
    const source = await copyDatabase(invocation, scratch);
    const manifest = await describe(invocation, source);
    const bytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
    const progress = new Progress(terminal, "backup", bytes);
    const artifacts = await openArtifacts(config, resolve(config.dataDir), (sentence) =>
      terminal.note(`${sentence}\n`),
    );
    const write = (stream: NodeJS.WritableStream) =>
      writeArchive(
        manifest,
        stream,
        (file) => openFile(file, source.database, artifacts),
        (count) => progress.add(count),
      );
    await (isStdout ? write(terminal.stdout) : writeNewFile(target, write));
    report(invocation, manifest, { target, bytes });
    return EXIT.done;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Source {
  /** When the copy was begun: everything committed before is in it. */
  readonly at: Date;
  readonly facts: BackupFacts;
  /** The copied database; null if the database is PostgreSQL's business. */
  readonly database: string | null;
}

/**
 * The database comes before the artifacts: an artifact is published before the row that names it, so none can
 * be missing.
 */
async function copyDatabase({ config, terminal }: Invocation, scratch: string): Promise<Source> {
  const at = new Date();
  if (config.databaseUrl !== undefined) {
    return { at, facts: await postgresFacts(config.databaseUrl.reveal()), database: null };
  }
  const path = databasePath(config);
  terminal.note(`backup: copying the database (${formatBytes((await stat(path)).size)})\n`);
  const database = join(scratch, DATABASE_NAME);
  const facts = await snapshotDatabase(path, database);
  const { credentials, auditEvents } = facts.rows;
  terminal.note(`backup: copied ${credentials} credentials and ${auditEvents} audit events\n`);
  return { at, facts, database };
}

async function describe({ version }: Invocation, { at, facts, database }: Source): Promise<Manifest> {
  const files: BackupFile[] = facts.artifacts.map(({ sha256, size }) => ({
    name: artifactName(sha256),
    size,
    sha256,
  }));
  if (database !== null) {
    const { size } = await stat(database);
    files.unshift({ name: DATABASE_NAME, size, sha256: await hashOf(database) });
  }
  const store = database === null ? "postgres" : "sqlite";
  return makeManifest(facts, { version, at: at.toISOString(), store, files });
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function openFile(
  { name, sha256 }: BackupFile,
  database: string | null,
  artifacts: Pick<ArtifactStore, "open">,
): Promise<Readable> {
  if (name === DATABASE_NAME && database !== null) {
    return createReadStream(database);
  }
  const artifact = await artifacts.open(sha256);
  if (artifact === null) {
    throw new CommandError(EXIT.data, `the collection ${name}, which the database names, is missing`);
  }
  return artifact.stream as Readable;
}

function report(
  invocation: Invocation,
  { store, auditHead, files, keyFingerprints, at, rows }: Manifest,
  { target, bytes }: { readonly target: string; readonly bytes: number },
): void {
  const what =
    store === "sqlite" ? "database and collections" : "collections only (pg_dump copies the database)";
  const text = `backup of ${at}: ${what}, ${files.length} files, ${formatBytes(bytes)}, up to audit event ${auditHead.seq}\nThe master key is not in it. Keep it elsewhere.\n`;
  const result = { to: target, at, store, bytes, files: files.length, auditHead, rows, keyFingerprints };
  if (target === "-") {
    invocation.terminal.note(invocation.flags.has("json") ? `${JSON.stringify(result)}\n` : text);
  } else {
    answer(invocation, result, text);
  }
}

async function checkBackup(invocation: Invocation, path: string): Promise<number> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  const progress = new Progress(invocation.terminal, "check", size);
  const manifest = await readArchive(path, async (_file, content) => {
    for await (const chunk of content) {
      progress.add((chunk as Buffer).length);
    }
  });
  const { at, store, files, auditHead, keyFingerprints, version } = manifest;
  answer(
    invocation,
    { whole: true, at, version, store, files: files.length, auditHead, keyFingerprints },
    `whole: backup of ${at} by Mintmark ${version}, ${files.length} files, up to audit event ${auditHead.seq}\n`,
  );
  return EXIT.done;
}

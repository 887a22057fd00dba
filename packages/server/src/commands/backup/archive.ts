import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Pack, pack } from "tar-stream";
import { CommandError, EXIT } from "../exit-codes.ts";
import {
  type BackupFile,
  MANIFEST_NAME,
  type Manifest,
  readManifest,
  SEAL_NAME,
  sealOf,
} from "./manifest.ts";

const OWNER_ONLY = 0o600;
const MANIFEST_BYTES_MAX = 256 * 1024 * 1024;

/** The archive is not what a backup must be. */
function broken(what: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.data, `the backup is not whole: ${what}`, { cause });
}

/**
 * Writes manifest, files and seal as a tar. `open` gives the bytes of a file; they must be those that the
 * manifest says.
 */
export async function writeArchive(
  manifest: Manifest,
  target: NodeJS.WritableStream,
  open: (file: BackupFile) => Promise<Readable>,
  onBytes: (count: number) => void,
): Promise<void> {
  const tar = pack();
  // A target that stays open, such as stdout, must not be ended by the pipeline.
  const flow = pipeline(tar, target, { end: target !== process.stdout });
  const writing = writeEntries(manifest, tar, open, onBytes).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  await Promise.all([writing, flow]);
}

async function writeEntries(
  manifest: Manifest,
  tar: Pack,
  open: (file: BackupFile) => Promise<Readable>,
  onBytes: (count: number) => void,
): Promise<void> {
  const mtime = new Date(manifest.at);
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  tar.entry({ name: MANIFEST_NAME, mode: OWNER_ONLY, mtime }, text);
  for (const file of manifest.files) {
    const check = new Checked(onBytes);
    const entry = tar.entry({ name: file.name, size: file.size, mode: OWNER_ONLY, mtime });
    await pipeline(await open(file), check, entry);
    check.require(file);
  }
  tar.entry({ name: SEAL_NAME, mode: OWNER_ONLY, mtime }, `${sealOf(text)}\n`);
  tar.finalize();
}

/**
 * Reads an archive and checks every byte of it. `take` is given each file's content and must read it to the
 * end. Throws `CommandError` 65 for an archive that is not whole, 66 for a file that is missing.
 */
export async function readArchive(
  path: string,
  take: (file: BackupFile, content: Readable, manifest: Manifest) => Promise<void>,
  onManifest: (manifest: Manifest) => void = () => undefined,
): Promise<Manifest> {
  const tar = extract();
  const flow = pipeline(createReadStream(path), tar);
  const reading = readEntries(tar, take, onManifest);
  const [read, flowed] = await Promise.allSettled([reading, flow]);
  if (read.status === "rejected") {
    throw faultOf(path, flowed.status === "rejected" ? flowed.reason : read.reason, read.reason);
  }
  if (flowed.status === "rejected") {
    throw faultOf(path, flowed.reason, flowed.reason);
  }
  return read.value;
}

function faultOf(path: string, first: unknown, second: unknown): unknown {
  for (const fault of [second, first]) {
    if (fault instanceof CommandError) {
      return fault;
    }
  }
  const { code, message } = first as { code?: string; message?: string };
  if (code === "ENOENT") {
    return new CommandError(EXIT.noInput, `there is no file ${path}`);
  }
  const isOfSystem = (first as { syscall?: string }).syscall !== undefined;
  return isOfSystem ? first : broken(message ?? "it is no tar archive", first);
}

async function readEntries(
  tar: ReturnType<typeof extract>,
  take: (file: BackupFile, content: Readable, manifest: Manifest) => Promise<void>,
  onManifest: (manifest: Manifest) => void,
): Promise<Manifest> {
  let manifest: Manifest | null = null;
  let seal = "";
  let isSealed = false;
  const missing = new Map<string, BackupFile>();
  for await (const entry of tar) {
    const { name } = entry.header;
    if (manifest === null) {
      const text = name === MANIFEST_NAME ? await readWhole(entry) : Buffer.alloc(0);
      manifest = readManifest(text);
      if (manifest === null) {
        throw broken(`it does not begin with a ${MANIFEST_NAME} that this version can read`);
      }
      seal = sealOf(text);
      for (const file of manifest.files) {
        missing.set(file.name, file);
      }
      onManifest(manifest);
    } else if (name === SEAL_NAME) {
      isSealed = (await readWhole(entry)).toString("utf8").trim() === seal;
    } else {
      const file = missing.get(name);
      if (file === undefined || entry.header.type !== "file") {
        throw broken(`it holds ${JSON.stringify(name.slice(0, 100))}, which its manifest does not name`);
      }
      missing.delete(name);
      await takeChecked(file, entry, manifest, take);
    }
  }
  if (manifest === null) {
    throw broken("it is empty or no tar archive");
  }
  const [absent] = missing.keys();
  if (absent !== undefined || !isSealed) {
    throw broken(
      absent === undefined ? "its manifest was changed, or its end is missing" : `${absent} is missing`,
    );
  }
  return manifest;
}

async function takeChecked(
  file: BackupFile,
  entry: AsyncIterable<unknown>,
  manifest: Manifest,
  take: (file: BackupFile, content: Readable, manifest: Manifest) => Promise<void>,
): Promise<void> {
  const check = new Checked(() => undefined);
  const checking = pipeline(entry, check);
  await Promise.all([checking, take(file, check, manifest)]);
  check.require(file);
}

async function readWhole(entry: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry) {
    size += (chunk as Buffer).length;
    if (size > MANIFEST_BYTES_MAX) {
      throw broken("its manifest is too large");
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** Passes bytes on and knows afterwards whether they were the right ones. */
class Checked extends Transform {
  readonly #hash = createHash("sha256");
  readonly #onBytes: (count: number) => void;
  #size = 0;

  constructor(onBytes: (count: number) => void) {
    super();
    this.#onBytes = onBytes;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk);
    this.#size += chunk.length;
    this.#onBytes(chunk.length);
    done(null, chunk);
  }

  /** Throws unless what has passed is the file's content. */
  require({ name, size, sha256 }: BackupFile): void {
    if (this.#size !== size || this.#hash.digest("hex") !== sha256) {
      throw broken(`${name} is not what the manifest says`);
    }
  }
}

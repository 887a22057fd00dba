import { createWriteStream } from "node:fs";
import { link, lstat, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CommandError, EXIT } from "../exit-codes.ts";

const OWNER_ONLY = 0o600;

/** Throws `CommandError` 73 if there is something at this path. */
export async function refuseExisting(path: string): Promise<void> {
  if (await lstat(path).catch(() => null)) {
    throw new CommandError(EXIT.cannotCreate, `${path} exists already and is not overwritten`);
  }
}

/**
 * Makes a file (0600) that exists under its name only when it is complete and on the disk. Throws
 * `CommandError` 73 if it exists.
 */
export async function writeNewFile(
  path: string,
  write: (stream: NodeJS.WritableStream) => Promise<void>,
): Promise<void> {
  const unfinished = `${path}.unfinished-${process.pid}`;
  try {
    const stream = createWriteStream(unfinished, { flags: "wx", mode: OWNER_ONLY, flush: true });
    await write(stream);
    await publish(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  await syncFolder(dirname(resolve(path)));
}

/**
 * A link refuses an existing name in the same moment; a file system without links must do with a look before.
 */
async function publish(unfinished: string, path: string): Promise<void> {
  try {
    await link(unfinished, path);
  } catch (error) {
    await refuseExisting(path);
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK"].includes((error as { code?: string }).code ?? "")) {
      throw error;
    }
    await rename(unfinished, path);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Generated or foreign. `data` is the server's default data folder. */
const NOT_SOURCE = new Set([
  "node_modules",
  "dist",
  ".git",
  ".cache",
  "coverage",
  "data",
  "test-results",
  "release",
  "console-dist",
]);

export interface SourceFile {
  /** Relative to the given folder, with forward slashes. */
  readonly path: string;
  readonly text: () => string;
}

/**
 * All files below a folder that a person wrote or checked in. Needs no git, so a tarball is checked like a
 * clone.
 */
export function filesBelow(folder: string, prefix = ""): SourceFile[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    // In a linked work tree `.git` is a file, and names a folder of the machine.
    if (NOT_SOURCE.has(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(folder, path);
    return entry.isFile() ? [{ path, text: () => readFileSync(join(folder, path), "utf8") }] : [];
  });
}

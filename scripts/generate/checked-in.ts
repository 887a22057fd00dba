import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The output of a generator: contents by path, relative to the repository's root. */
export type Generated = Readonly<Record<string, string>>;

/** The paths whose file is missing or differs. */
export function staleFiles(root: string, files: Generated): readonly string[] {
  return Object.entries(files)
    .filter(([path, content]) => {
      const file = join(root, path);
      return !existsSync(file) || readFileSync(file, "utf8") !== content;
    })
    .map(([path]) => path);
}

export function writeFiles(root: string, files: Generated): void {
  for (const path of staleFiles(root, files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, files[path] ?? "");
  }
}

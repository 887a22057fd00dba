import { posix } from "node:path";

const SPECIFIER = /\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g;

/** Every module that a source text names: static, re-exported, dynamic, or inside a type. */
export function specifiersOf(source: string): string[] {
  return [...source.matchAll(SPECIFIER)].flatMap(([, specifier]) =>
    specifier === undefined ? [] : [specifier],
  );
}

/** `file` lies in one folder of dialects/ and what it imports lies in another. Paths as below packages/server/src. */
export function reachesSibling(file: string, specifier: string): boolean {
  const from = dialectOf(file);
  const to = dialectOf(resolve(file, specifier));
  return from !== undefined && to !== undefined && from !== to;
}

/** `file` ships and what it imports lies in testing/. */
export function reachesTesting(file: string, specifier: string): boolean {
  const ships = !/\.test\.tsx?$|(^|\/)testing\/|(^|\/)storage\/contract/.test(file);
  return ships && /(^|\/)testing\//.test(resolve(file, specifier));
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
}

function dialectOf(path: string): string | undefined {
  return /(?:^|\/)dialects\/([^/]+)\//.exec(path)?.[1];
}

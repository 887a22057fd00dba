import { quote } from "../../core/collection/manifest.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must not be in a path
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Why a path of an archive may not be unpacked, as the end of a sentence; null for a harmless one. */
export function pathFault(path: string, bytesMax: number): string | null {
  if (Buffer.byteLength(path) > bytesMax) {
    return `has a path of more than ${bytesMax} bytes`;
  }
  if (path.startsWith("/") || path.startsWith("\\") || /^[A-Za-z]:/.test(path)) {
    return "has an absolute path";
  }
  if (CONTROL.test(path)) {
    return "has control characters in its path";
  }
  const segments = path.split("/");
  if (segments.includes("..")) {
    return "has '..' in its path";
  }
  return segments.includes("") || segments.includes(".") ? "has an empty or '.' segment in its path" : null;
}

/** Where a link leads, as a path of the archive; null where it leaves the archive. */
export function linkTarget(link: string, target: string): string | null {
  if (target === "" || target.startsWith("/") || target.startsWith("\\") || CONTROL.test(target)) {
    return null;
  }
  const path = link.split("/").slice(0, -1);
  for (const segment of target.split("/")) {
    if (segment === "..") {
      if (path.pop() === undefined) {
        return null;
      }
    } else if (segment !== "." && segment !== "") {
      path.push(segment);
    }
  }
  return path.join("/");
}

/** The paths above this one: `a/b/c` lies in `a` and `a/b`. */
export function parentsOf(path: string): readonly string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, at) => segments.slice(0, at + 1).join("/"));
}

export function refusePath(path: string, fault: string): string {
  return `${quote(path)} ${fault}`;
}

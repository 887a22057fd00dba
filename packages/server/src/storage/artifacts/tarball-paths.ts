import { quote } from "../../core/collection/manifest.ts";
import type { TarballLimits } from "./limits.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: no path may have control characters
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Why a path of an archive may not be unpacked, as the end of a sentence; null for a harmless one. */
export function pathFault(
  path: string,
  { pathBytesMax, pathDepthMax }: Pick<TarballLimits, "pathBytesMax" | "pathDepthMax">,
): string | null {
  if (Buffer.byteLength(path) > pathBytesMax) {
    return `has a path of more than ${pathBytesMax} bytes`;
  }
  if (path.startsWith("/") || path.startsWith("\\") || /^[A-Za-z]:/.test(path)) {
    return "has an absolute path";
  }
  if (CONTROL.test(path)) {
    return "has control characters in its path";
  }
  const segments = path.split("/");
  if (segments.length > pathDepthMax) {
    return `lies more than ${pathDepthMax} folders deep`;
  }
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

/** The folder that the path lies in: `a/b` for `a/b/c`; null for a path at the top. */
export function parentOf(path: string): string | null {
  const end = path.lastIndexOf("/");
  return end < 0 ? null : path.slice(0, end);
}

export function refusePath(path: string, fault: string): string {
  return `${quote(path)} ${fault}`;
}

import { odd, type TarHeader, utf8 } from "./tar-header.ts";

/** What an extension header says about the entry after it. */
export interface TarExtension {
  readonly path?: string;
  readonly linkPath?: string;
}

/** A pax header with a long path, a link, three times and two names stays far below. */
export const EXTENSION_BYTES_MAX = 8_192;

const WHOLE = /^[0-9]{1,15}$/;
const TIME = /^-?[0-9]{1,15}(?:\.[0-9]{1,20})?$/;
const ANYTHING = /^[^\0]*$/;
/**
 * Keywords of pax headers and what their values look like. Python writes `mtime` for each file of
 * ansible-galaxy, and `path` or `linkpath` for long names or names beyond ASCII. `size` is not among them: no
 * entry is large enough to need it, and readers differ about it.
 */
const KEYWORDS: ReadonlyMap<string, RegExp> = new Map([
  ["path", /^[^\0]+$/],
  ["linkpath", /^[^\0]+$/],
  ["mtime", TIME],
  ["atime", TIME],
  ["ctime", TIME],
  ["uid", WHOLE],
  ["gid", WHOLE],
  ["uname", ANYTHING],
  ["gname", ANYTHING],
]);

/** Reads the contents of an extension header. Throws `TarballRefusal`. */
export function readExtension(type: TarHeader["type"], bytes: Buffer): TarExtension {
  return type === "pax" ? readPax(bytes) : readLongName(bytes);
}

/** GNU's long name: the name and one NUL. */
function readLongName(bytes: Buffer): TarExtension {
  if (bytes.length < 2 || bytes.indexOf(0) !== bytes.length - 1) {
    throw odd("has a long name that does not end where it should");
  }
  return { path: utf8(bytes.subarray(0, -1)) };
}

/** Records `<length> <keyword>=<value>\n`, each keyword once, with nothing before, between or behind them. */
function readPax(bytes: Buffer): TarExtension {
  const values = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const length = Number(/^([1-9][0-9]{0,3}) /.exec(bytes.toString("latin1", at, at + 5))?.[1]);
    const record = utf8(bytes.subarray(at, at + length));
    const parts = /^[0-9]+ ([a-z]+)=([^\n]*)\n$/.exec(record);
    if (!(length > 0) || at + length > bytes.length || parts === null) {
      throw odd("has a pax header that is not well formed");
    }
    const [, keyword = "", value = ""] = parts;
    if (values.has(keyword) || KEYWORDS.get(keyword)?.test(value) !== true) {
      throw odd("has a pax header with a keyword that is unusual, repeated or has an unusual value");
    }
    values.set(keyword, value);
    at += length;
  }
  const path = values.get("path");
  const linkPath = values.get("linkpath");
  return { ...(path === undefined ? {} : { path }), ...(linkPath === undefined ? {} : { linkPath }) };
}

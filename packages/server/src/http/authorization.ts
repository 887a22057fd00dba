import { markOf } from "../core/secret/format.ts";
import { Secret } from "../core/secret/secret.ts";

/** What an `Authorization` header shows, before anybody has looked whether it is good. */
export type Presented =
  | { readonly scheme: "bearer" | "token"; readonly secret: Secret }
  | { readonly scheme: "basic" | "zenapikey"; readonly username: string; readonly secret: Secret }
  | { readonly scheme: "unreadable" };

const HEADER = /^([A-Za-z]+)[ \t]+(\S(?:.*\S)?)\s*$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Reads `Bearer`, `Token`, `Basic` and `ZenApiKey` in any case; null when there is no header. */
export function readAuthorization(header: string | undefined): Presented | null {
  if (header === undefined) {
    return null;
  }
  const match = HEADER.exec(header);
  const scheme = match?.[1]?.toLowerCase();
  const value = match?.[2] ?? "";
  if (scheme === "bearer" || scheme === "token") {
    return value.includes(" ") ? { scheme: "unreadable" } : { scheme, secret: new Secret(value) };
  }
  if (scheme === "basic" || scheme === "zenapikey") {
    const pair = readPair(value);
    return pair ? { scheme, ...pair } : { scheme: "unreadable" };
  }
  return { scheme: "unreadable" };
}

/** `user:secret` in base64, standard or url-safe, padded or not; white space around the decoded text is IBM's own recipe (`echo … | base64`). */
function readPair(value: string): { username: string; secret: Secret } | null {
  if (!BASE64.test(value)) {
    return null;
  }
  return splitPair(
    Buffer.from(value, "base64")
      .toString("utf8")
      .replace(/[\r\n]+$/, ""),
  );
}

/**
 * Parts `user:secret`. If what stands behind the last colon is a well-formed secret the split is there, since user names may hold colons;
 * else at the first one (RFC 7617 §2), since passwords may. Null without a colon.
 * @internal exported for tests
 */
export function splitPair(pair: string): { username: string; secret: Secret } | null {
  const last = pair.lastIndexOf(":");
  if (last < 0) {
    return null;
  }
  const at = markOf(pair.slice(last + 1).trim()) === null ? pair.indexOf(":") : last;
  const text = pair.slice(at + 1);
  return {
    username: pair.slice(0, at),
    secret: new Secret(markOf(text.trim()) === null ? text : text.trim()),
  };
}

import { isUtf8 } from "node:buffer";
import { type PresentedSecret, readSecret } from "../core/credential/presented.ts";
import type { Secret } from "../core/secret/secret.ts";

/**
 * What a request presents to prove who sends it, told by form alone and read once. A secret or a JWT stands
 * alone (`Bearer`, `Token`) or behind a user name (`Basic`, `ZenApiKey`); behind a user name everything that
 * is not a secret of the hub is a password, and so is a session's secret. Whether it is valid is decided by
 * `identify`.
 */
export type Presented =
  | ({ readonly scheme: "bearer" | "token"; readonly username: null } & PresentedSecret)
  | PresentedPair
  | { readonly scheme: "unreadable"; readonly form: "unreadable"; readonly username: null };

export type PresentedPair = { readonly scheme: "basic" | "zenapikey"; readonly username: string } & (
  | Extract<PresentedSecret, { form: "credential" }>
  | { readonly form: "other_secret"; readonly secret: Secret }
  | { readonly form: "password"; readonly secret: Secret }
);

const UNREADABLE: Presented = { scheme: "unreadable", form: "unreadable", username: null };
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
    return value.includes(" ") ? UNREADABLE : { scheme, username: null, ...readSecret(value) };
  }
  if (scheme === "basic" || scheme === "zenapikey") {
    return readEncodedPair(scheme, value) ?? UNREADABLE;
  }
  return UNREADABLE;
}

/** A user name and what stands behind it, e.g. from a form. */
export function readPair(scheme: PresentedPair["scheme"], username: string, text: string): PresentedPair {
  return pairOf(scheme, username, readSecret(text));
}

/**
 * `user:secret` in base64, standard or url-safe, padded or not. The line breaks at its end are IBM's own
 * (`echo … | base64`). Text is UTF-8, or Latin-1 where the bytes are no UTF-8: Python's requests sends that,
 * and Django reads it so.
 */
function readEncodedPair(scheme: PresentedPair["scheme"], value: string): PresentedPair | null {
  if (!BASE64.test(value)) {
    return null;
  }
  const bytes = Buffer.from(value, "base64");
  return splitPair(scheme, withoutLineBreaks(bytes.toString(isUtf8(bytes) ? "utf8" : "latin1")));
}

/**
 * Without the line breaks at the end. A regular expression would try again at each line break of a long text.
 */
function withoutLineBreaks(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) {
    end -= 1;
  }
  return text.slice(0, end);
}

/**
 * Splits `user:secret`. If one of the hub's secrets follows the last colon, the split is there, since user
 * names may hold colons; else it is at the first one (RFC 7617 §2), since passwords may. Null without a
 * colon.
 * @internal exported for tests
 */
export function splitPair(scheme: PresentedPair["scheme"], pair: string): PresentedPair | null {
  const last = pair.lastIndexOf(":");
  if (last < 0) {
    return null;
  }
  const shown = readSecret(pair.slice(last + 1).trim());
  if (shown.form !== "jwt" && shown.form !== "malformed") {
    return pairOf(scheme, pair.slice(0, last), shown);
  }
  const first = pair.indexOf(":");
  return readPair(scheme, pair.slice(0, first), pair.slice(first + 1));
}

function pairOf(scheme: PresentedPair["scheme"], username: string, shown: PresentedSecret): PresentedPair {
  const { form, secret } = shown;
  switch (form) {
    case "credential":
      return { scheme, username, form, kind: shown.kind, secret };
    case "other_secret":
      return { scheme, username, form, secret };
    default:
      return { scheme, username, form: "password", secret };
  }
}

import { JWT_LENGTH_MAX } from "./jwt.ts";
import { markOf } from "./secret-format.ts";

/** The content of an `Authorization` header. `username` is null for a secret or bearer without one. */
export type Presented =
  | {
      readonly form: "secret";
      readonly text: string;
      readonly mark: string;
      readonly username: string | null;
    }
  | { readonly form: "jwt"; readonly text: string }
  | { readonly form: "nothing"; readonly reason: "missing" | "malformed" };

const HEADER = /^([A-Za-z]+)[ \t]+(\S(?:.*\S)?)\s*$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

const MISSING: Presented = { form: "nothing", reason: "missing" };
const MALFORMED: Presented = { form: "nothing", reason: "malformed" };

/**
 * Reads every scheme that the hub understands, in any case: `Bearer` and `Token` with a secret or a JWT,
 * `Basic` and `ZenApiKey` with `user:secret` in base64. Passwords are for the hub alone, so a pair that holds
 * no secret is malformed here.
 */
export function readPresented(header: string | null | undefined): Presented {
  if (header === null || header === undefined) {
    return MISSING;
  }
  const [, scheme = "", value = ""] = HEADER.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
    case "token":
      return readBearer(value);
    case "basic":
    case "zenapikey":
      return readPair(value);
    default:
      return MALFORMED;
  }
}

function readBearer(text: string): Presented {
  const mark = markOf(text);
  if (mark !== null) {
    return { form: "secret", text, mark, username: null };
  }
  return text.length <= JWT_LENGTH_MAX && JWT.test(text) ? { form: "jwt", text } : MALFORMED;
}

/**
 * User names may hold colons and secrets do not. White space after the secret is IBM's own recipe (`echo … |
 * base64`).
 */
function readPair(value: string): Presented {
  if (!BASE64.test(value)) {
    return MALFORMED;
  }
  const pair = Buffer.from(value, "base64").toString("utf8");
  const colon = pair.lastIndexOf(":");
  const text = pair.slice(colon + 1).trim();
  const mark = colon < 0 ? null : markOf(text);
  return mark === null ? MALFORMED : { form: "secret", text, mark, username: pair.slice(0, colon) };
}

import { SESSION_MARK } from "../account/session.ts";
import { markOf } from "../secret/format.ts";
import { Secret } from "../secret/secret.ts";
import { type Kind, kindOfMark } from "./kinds.ts";

/**
 * The kind of thing that a text claims to be, by its form alone. One of our own secrets has a mark and a
 * matching checksum: a credential's, a session's, or another (`other_secret`: a client's, a code). Whether it
 * is valid is for `look` to decide.
 */
export type PresentedSecret =
  | { readonly form: "credential"; readonly kind: Kind; readonly secret: Secret }
  | { readonly form: "session" | "other_secret" | "jwt" | "malformed"; readonly secret: Secret };

/** Parses a presented text. Computes the checksum, so call it once, at the edge, and pass the result on. */
export function readSecret(text: string): PresentedSecret {
  const secret = new Secret(text);
  const mark = markOf(text);
  if (mark === null) {
    return { form: isJwt(text) ? "jwt" : "malformed", secret };
  }
  const kind = kindOfMark(mark);
  if (kind !== null) {
    return { form: "credential", kind, secret };
  }
  return { form: mark === SESSION_MARK ? "session" : "other_secret", secret };
}

/** RFC 7515 §7.1: three parts with a full stop between them. */
function isJwt(text: string): boolean {
  const first = text.indexOf(".");
  const second = text.indexOf(".", first + 1);
  return first >= 0 && second >= 0 && !text.includes(".", second + 1);
}

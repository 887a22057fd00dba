import { SESSION_MARK } from "../account/session.ts";
import { markOf } from "../secret/format.ts";
import { Secret } from "../secret/secret.ts";
import { type Kind, kindOfMark } from "./kinds.ts";

/**
 * What a text claims to be, told by its form alone. A secret of ours has a mark and a checksum that fits: of
 * one of the kinds of credentials, of a session, or of something else (`other_secret`: a client, a code).
 * Whether it is good is for `look` to say.
 */
export type PresentedSecret =
  | { readonly form: "credential"; readonly kind: Kind; readonly secret: Secret }
  | { readonly form: "session" | "other_secret" | "jwt" | "malformed"; readonly secret: Secret };

/**
 * Reads a text that somebody presents. Computes the checksum, so call it once, at the edge, and pass the
 * result on.
 */
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

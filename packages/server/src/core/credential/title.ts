import { HubError } from "../errors.ts";

const TITLE_CODE_POINTS_MAX = 255;
// Control characters, lone surrogates, and the marks that turn the direction of text around: they have no place in a list that people trust.
const FORBIDDEN_IN_TITLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Trimmed, 1 to 255 code points, no control characters; null when none is given. Throws `malformed_request`. */
export function readTitle(title: string | null | undefined): string | null {
  if (title === undefined || title === null) {
    return null;
  }
  const trimmed = title.trim();
  const length = [...trimmed].length;
  if (length < 1 || length > TITLE_CODE_POINTS_MAX || FORBIDDEN_IN_TITLE.test(trimmed)) {
    throw new HubError("malformed_request", { field: "title" });
  }
  return trimmed;
}

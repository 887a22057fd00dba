import { malformed, plainText } from "../malformed.ts";
import { isPlainText } from "../plain-text.ts";

const NOTE_CODE_POINTS_MAX = 1_000;
const REASON_CODE_POINTS_MAX = 500;

/**
 * At most 1,000 code points without control characters; null if absent or empty. Throws `malformed_request`.
 */
export function readNote(note: string | null | undefined): string | null {
  if (note === undefined || note === null || note === "") {
    return null;
  }
  if (!isPlainText(note, NOTE_CODE_POINTS_MAX)) {
    throw malformed("note", plainText(NOTE_CODE_POINTS_MAX), note);
  }
  return note;
}

/**
 * Throws `malformed_request` for a reason that is longer than 500 code points or holds control characters.
 */
export function requireReason(reason: string | null): void {
  if (reason !== null && !isPlainText(reason, REASON_CODE_POINTS_MAX)) {
    throw malformed("reason", plainText(REASON_CODE_POINTS_MAX), reason);
  }
}

import { malformed, plainText } from "../malformed.ts";
import { isPlainText } from "../plain-text.ts";

const TITLE_CODE_POINTS_MAX = 255;

/**
 * Trimmed, 1 to 255 code points, no control characters; null when none is given. Throws `malformed_request`.
 */
export function readTitle(title: string | null | undefined): string | null {
  if (title === undefined || title === null) {
    return null;
  }
  const trimmed = title.trim();
  if (trimmed === "" || !isPlainText(trimmed, TITLE_CODE_POINTS_MAX)) {
    throw malformed("title", plainText(TITLE_CODE_POINTS_MAX), trimmed);
  }
  return trimmed;
}

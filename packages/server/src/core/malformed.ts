import { HubError } from "./errors.ts";

/** Longer text is not said back. */
const QUOTED_LENGTH_MAX = 64;
const SENSITIVE_NAME = /secret|password|token|key|code$/i;
/** Letters and digits in one long run: people paste secrets into every field. */
const SECRET_LIKE = /mm[a-z](?:_|%5f)|eyJ|(?=[A-Za-z_+/=-]*\d)(?=[\d_+/=-]*[A-Za-z])[\w+/=-]{16}/i;

/**
 * The refusal of one field: names the field, what stands there and what was expected, such as `limit is 0;
 * expected a whole number from 1 to 200.` `expected` is a noun phrase without an end mark. Without `found`
 * the sentence does not say what stands there. What may be a secret is never said back.
 */
export function malformed(field: string, expected: string, ...found: readonly [unknown?]): HubError {
  const is = found.length === 0 ? "is not valid" : `is ${describe(field, found[0])}`;
  return new HubError("malformed_request", { field, explanation: `${field} ${is}; expected ${expected}.` });
}

/** What a label may be, for `malformed`. */
export function plainText(codePointsMax: number): string {
  return `1 to ${codePointsMax} characters without line breaks or other control characters`;
}

function describe(field: string, found: unknown): string {
  switch (typeof found) {
    case "undefined":
      return "missing";
    case "number":
    case "boolean":
      return String(found);
    case "string":
      return describeText(field, found);
    default:
      if (found instanceof Date) {
        return Number.isFinite(found.getTime()) ? found.toISOString() : "no time";
      }
      return found === null ? "null" : Array.isArray(found) ? `a list of ${found.length}` : "an object";
  }
}

function describeText(field: string, text: string): string {
  if (text === "") {
    return "empty";
  }
  const isQuotable =
    text.length <= QUOTED_LENGTH_MAX &&
    /^[\x20-\x7e]*$/.test(text) &&
    !SENSITIVE_NAME.test(field) &&
    !SECRET_LIKE.test(text);
  return isQuotable ? JSON.stringify(text) : `a text of ${text.length} characters`;
}

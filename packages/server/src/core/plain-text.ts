// Control characters, lone surrogates, and the marks that turn the direction of text around: they have no
// place in a list that people trust.
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * Is this text that may stand in lists and in the audit: so many code points at most, nothing that plays
 * tricks where it is shown?
 */
export function isPlainText(text: string, codePointsMax: number): boolean {
  return [...text].length <= codePointsMax && !FORBIDDEN.test(text);
}

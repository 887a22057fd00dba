// Control characters, lone surrogates, and the marks that turn the direction of text around: they have no
// place in a list that people trust.
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** True if the text is safe to display: at most N code points, no control or bidi characters. */
export function isPlainText(text: string, codePointsMax: number): boolean {
  return [...text].length <= codePointsMax && !FORBIDDEN.test(text);
}

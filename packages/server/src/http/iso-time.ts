let second = { at: Number.NaN, text: "" };

/**
 * Epoch milliseconds in ISO 8601, like `toISOString`. Times of one second share their text, so most calls
 * write three digits.
 */
export function isoTime(ms: number): string {
  const at = Math.floor(ms / 1000);
  if (at !== second.at) {
    second = { at, text: new Date(at * 1000).toISOString().slice(0, -"000Z".length) };
  }
  return `${second.text}${String(ms - at * 1000).padStart(3, "0")}Z`;
}

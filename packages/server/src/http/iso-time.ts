/**
 * Writes epoch milliseconds in ISO 8601, like `toISOString`. Times of one second share their text, so a
 * writer whose times are mostly of the same second writes three digits.
 */
export function isoWriter(): (ms: number) => string {
  let second = { at: Number.NaN, text: "" };
  return (ms) => {
    const at = Math.floor(ms / 1000);
    if (at !== second.at) {
      second = { at, text: new Date(at * 1000).toISOString().slice(0, -"000Z".length) };
    }
    return `${second.text}${String(ms - at * 1000).padStart(3, "0")}Z`;
  };
}

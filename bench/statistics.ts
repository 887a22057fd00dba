/** The middle one; the lower of the two where their number is even. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that this percentage of the values does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((share / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) {
    throw new RangeError("nothing was measured");
  }
  return value;
}

/** Runs of neighbours, each of them ended by the one whose versions make the run as large as `size`. */
export function rangesOf<Of extends { readonly count: number }>(
  counts: readonly Of[],
  size: number,
): readonly (readonly Of[])[] {
  const ranges: Of[][] = [];
  let versions = size;
  for (const collection of counts) {
    if (versions >= size) {
      ranges.push([]);
      versions = 0;
    }
    ranges.at(-1)?.push(collection);
    versions += Number(collection.count);
  }
  return ranges;
}

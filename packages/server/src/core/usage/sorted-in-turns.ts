import { nextTurn } from "../turn.ts";

/** Texts that are sorted in one turn of the event loop, about two milliseconds. */
const RUN_MAX = 4_000;

/**
 * The texts in ascending order, in parts of at most `partMax`. Fifty thousand take as long to sort as a
 * thousand verifications, so they are sorted in runs between requests, and each part is merged from the runs
 * when it is asked for.
 */
export async function* sortedInTurns(
  texts: Iterable<string>,
  partMax: number,
): AsyncGenerator<readonly string[]> {
  const all = [...texts];
  const runs: string[][] = [];
  for (let from = 0; from < all.length; from += RUN_MAX) {
    if (from > 0) {
      await nextTurn();
    }
    // Descending, so that the smallest is taken from the end.
    runs.push(
      all
        .slice(from, from + RUN_MAX)
        .sort()
        .reverse(),
    );
  }
  for (;;) {
    const part: string[] = [];
    for (let next = takeSmallest(runs); next !== undefined; next = takeSmallest(runs)) {
      part.push(next);
      if (part.length === partMax) {
        break;
      }
    }
    if (part.length === 0) {
      return;
    }
    yield part;
  }
}

function takeSmallest(runs: readonly string[][]): string | undefined {
  let smallest: string[] | undefined;
  for (const run of runs) {
    const last = run[run.length - 1];
    if (last !== undefined && (smallest === undefined || last < (smallest[smallest.length - 1] as string))) {
      smallest = run;
    }
  }
  return smallest?.pop();
}

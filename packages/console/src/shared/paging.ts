import { useState } from "react";

/**
 * A position in a list that the server pages: the cursors of the earlier pages, and the cursor of this one.
 */
export interface Paging {
  readonly cursor: string | undefined;
  readonly number: number;
  next(cursor: string): void;
  back(): void;
  reset(): void;
}

export function usePaging(): Paging {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return pagingOf(cursors, setCursors);
}

/** @internal exported for tests */
export function pagingOf(
  cursors: readonly string[],
  setCursors: (cursors: readonly string[]) => void,
): Paging {
  return {
    cursor: cursors.at(-1),
    number: cursors.length + 1,
    next: (cursor) => setCursors([...cursors, cursor]),
    back: () => setCursors(cursors.slice(0, -1)),
    reset: () => setCursors([]),
  };
}

/** An order that the server keeps over all pages: one of its words, with `-` in front for descending. */
export interface Order {
  readonly sort: string;
  set(sort: string): void;
}

/** Changing the order goes back to the first page. */
export function useOrder(first: string, paging: Paging): Order {
  const [sort, setSort] = useState(first);
  return {
    sort,
    set: (next) => {
      setSort(next);
      paging.reset();
    },
  };
}

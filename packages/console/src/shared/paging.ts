import { useLocation, useSearchParams } from "react-router";

/**
 * A position in a list that the server pages. It is in the address, so that the way back, a reload and a link
 * lead to the same page.
 */
export interface Paging {
  readonly cursor: string | undefined;
  readonly number: number;
  next(cursor: string): void;
  back(): void;
  reset(): void;
}

/** A page of a list, with the cursors of the pages before it; the first page's is empty. */
export interface Place {
  readonly cursor: string;
  readonly number: number;
  readonly earlier: readonly string[];
}

const FIRST: Place = { cursor: "", number: 1, earlier: [] };
const CURSOR = "cursor";
const PAGE = "page";
const SORT = "sort";

export function usePaging(): Paging {
  const [address, setAddress] = useSearchParams();
  const { state } = useLocation();
  return pagingOf(readPlace(address, state), (place) => {
    setAddress((before) => withPlace(before, place), { state: { earlier: place.earlier } });
  });
}

/** @internal exported for tests */
export function pagingOf(place: Place, go: (place: Place) => void): Paging {
  const { cursor, number, earlier } = place;
  return {
    cursor: cursor === "" ? undefined : cursor,
    number,
    next: (cursorOfNext) => go({ cursor: cursorOfNext, number: number + 1, earlier: [...earlier, cursor] }),
    // Somebody who came by a link knows no earlier page but the first.
    back: () =>
      go(
        earlier.length === 0
          ? FIRST
          : { cursor: earlier.at(-1) ?? "", number: number - 1, earlier: earlier.slice(0, -1) },
      ),
    reset: () => go(FIRST),
  };
}

function readPlace(address: URLSearchParams, state: unknown): Place {
  const number = Number(address.get(PAGE) ?? 1);
  const earlier =
    typeof state === "object" && state !== null && "earlier" in state && Array.isArray(state.earlier)
      ? state.earlier.filter((cursor) => typeof cursor === "string")
      : [];
  return {
    cursor: address.get(CURSOR) ?? "",
    number: Number.isInteger(number) && number > 0 ? number : 1,
    earlier,
  };
}

function withPlace(address: URLSearchParams, { cursor, number }: Place): URLSearchParams {
  const next = new URLSearchParams(address);
  write(next, CURSOR, cursor);
  write(next, PAGE, number === 1 ? "" : String(number));
  return next;
}

function write(address: URLSearchParams, name: string, value: string): void {
  if (value === "") {
    address.delete(name);
  } else {
    address.set(name, value);
  }
}

/** The filters of a list, by name, from the address. A changed filter goes back to the first page. */
export interface Filters {
  /** Empty if the address has no such filter. */
  get(name: string): string;
  set(changes: Readonly<Record<string, string>>): void;
}

export function useFilters(): Filters {
  const [address, setAddress] = useSearchParams();
  return {
    get: (name) => address.get(name) ?? "",
    set: (changes) =>
      setAddress((before) => {
        const next = withPlace(before, FIRST);
        for (const [name, value] of Object.entries(changes)) {
          write(next, name, value);
        }
        return next;
      }),
  };
}

/** An order that the server keeps over all pages: one of its words, with `-` in front for descending. */
export interface Order {
  readonly sort: string;
  set(sort: string): void;
}

/** The order from the address. Changing it goes back to the first page. */
export function useOrder(first: string): Order {
  const { get, set } = useFilters();
  return {
    sort: get(SORT) || first,
    set: (next) => set({ [SORT]: next === first ? "" : next }),
  };
}

import type { Order } from "./paging.ts";

export interface Sorting {
  readonly index: number;
  readonly direction: "asc" | "desc";
}

/** The sorted column and its direction; null if no column has the order's word. */
export function sortingOf({ sort }: Order, columns: readonly { readonly order?: string }[]): Sorting | null {
  const index = columns.findIndex(({ order }) => order !== undefined && order === sort.replace(/^-/, ""));
  return index === -1 ? null : { index, direction: sort.startsWith("-") ? "desc" : "asc" };
}

/** A sorted copy; equal rows keep their order. */
export function sortRows<Row>(
  rows: readonly Row[],
  by: (row: Row) => string | number,
  direction: "asc" | "desc",
): readonly Row[] {
  const sign = direction === "asc" ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [one, other] = [by(a), by(b)];
    return one === other ? 0 : sign * (one < other ? -1 : 1);
  });
}

import { Button } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { type ReactNode, useState } from "react";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable, where all rows are at hand. */
  readonly sortBy?: (row: Row) => string | number;
  /** The server's word for the order by this column, where it keeps the order. */
  readonly order?: string;
  /** Never broken into lines. */
  readonly whole?: true;
  /** Keeps room for some words where the table is full. */
  readonly wide?: true;
}

/** An order that the server keeps over all pages: one of its words, with `-` before it for the other way round. */
export interface Order {
  readonly sort: string;
  set(sort: string): void;
}

/** Another order begins at the first page. */
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

/** A table that becomes cards where it is narrow. Without an `order` of the server's the rows at hand are sorted. */
export function Rows<Row>({
  label,
  columns,
  rows,
  keyOf,
  actions,
  order,
}: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly actions?: (row: Row) => ReactNode;
  readonly order?: Order;
}) {
  const [chosen, setChosen] = useState<Sorting | null>(null);
  const sort = order ? sortingOf(order, columns) : chosen;
  const sortBy = sort === null || order ? undefined : columns[sort.index]?.sortBy;
  const sorted = sortBy && sort ? sortRows(rows, sortBy, sort.direction) : rows;
  const onSort = (index: number, direction: Sorting["direction"]) => {
    const word = columns[index]?.order;
    if (order && word !== undefined) {
      order.set(direction === "desc" ? `-${word}` : word);
    } else {
      setChosen({ index, direction });
    }
  };
  return (
    <Table role="table" aria-label={label} variant="compact" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          {columns.map(({ title, ...column }, index) => (
            <Th
              key={title}
              modifier="nowrap"
              {...((order ? column.order : column.sortBy)
                ? {
                    sort: {
                      columnIndex: index,
                      sortBy: sort === null ? {} : sort,
                      onSort: (_event, at, direction) => onSort(at, direction),
                    },
                  }
                : {})}
            >
              {title}
            </Th>
          ))}
          {actions ? <Th screenReaderText="Actions" /> : null}
        </Tr>
      </Thead>
      <Tbody>
        {sorted.map((row) => (
          <Tr key={keyOf(row)}>
            {columns.map(({ title, cell, whole, wide }) => (
              <Td
                key={title}
                dataLabel={title}
                modifier={whole ? "nowrap" : "breakWord"}
                {...(wide ? { className: "mm-wide" } : {})}
              >
                {cell(row)}
              </Td>
            ))}
            {actions ? <Td className="mm-row-actions">{actions(row)}</Td> : null}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

interface Sorting {
  readonly index: number;
  readonly direction: "asc" | "desc";
}

function sortingOf<Row>({ sort }: Order, columns: readonly Column<Row>[]): Sorting | null {
  const index = columns.findIndex(({ order }) => order !== undefined && order === sort.replace(/^-/, ""));
  return index === -1 ? null : { index, direction: sort.startsWith("-") ? "desc" : "asc" };
}

function sortRows<Row>(
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

/** Where in a list that the server pages: the cursors of the pages before, and this one's. */
export interface Paging {
  readonly cursor: string | undefined;
  readonly number: number;
  next(cursor: string): void;
  back(): void;
  reset(): void;
}

export function usePaging(): Paging {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return {
    cursor: cursors.at(-1),
    number: cursors.length + 1,
    next: (cursor) => setCursors([...cursors, cursor]),
    back: () => setCursors(cursors.slice(0, -1)),
    reset: () => setCursors([]),
  };
}

/** Nothing where everything fits on one page. */
export function PageTurner({
  paging,
  nextCursor,
}: {
  readonly paging: Paging;
  readonly nextCursor: string | null;
}) {
  if (paging.number === 1 && nextCursor === null) {
    return null;
  }
  return (
    <nav className="mm-pages" aria-label="Pages">
      <Button variant="secondary" isDisabled={paging.number === 1} onClick={() => paging.back()}>
        Previous
      </Button>
      <span aria-live="polite">Page {paging.number}</span>
      <Button
        variant="secondary"
        isDisabled={nextCursor === null}
        onClick={() => nextCursor !== null && paging.next(nextCursor)}
      >
        Next
      </Button>
    </nav>
  );
}

import { Button } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { type ReactNode, useState } from "react";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable. */
  readonly sortBy?: (row: Row) => string | number;
  /** Never broken into lines. */
  readonly whole?: true;
  /** Keeps room for some words where the table is full. */
  readonly wide?: true;
}

/** A table that becomes cards where it is narrow. Sorting is of the rows at hand. */
export function Rows<Row>({
  label,
  columns,
  rows,
  keyOf,
  actions,
}: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly actions?: (row: Row) => ReactNode;
}) {
  const [sort, setSort] = useState<{ index: number; direction: "asc" | "desc" } | null>(null);
  const sortBy = sort === null ? undefined : columns[sort.index]?.sortBy;
  const sorted = sortBy && sort ? sortRows(rows, sortBy, sort.direction) : rows;
  return (
    <Table role="table" aria-label={label} variant="compact" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          {columns.map(({ title, sortBy: sortable }, index) => (
            <Th
              key={title}
              modifier="nowrap"
              {...(sortable
                ? {
                    sort: {
                      columnIndex: index,
                      sortBy: sort === null ? {} : sort,
                      onSort: (_event, at, direction) => setSort({ index: at, direction }),
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

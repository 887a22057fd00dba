import { Button } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { type ReactNode, useState } from "react";
import type { Order, Paging } from "./paging.ts";
import { type Sorting, sortingOf, sortRows } from "./sorting.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable when all rows are loaded. */
  readonly sortBy?: (row: Row) => string | number;
  /** The server's word for the order by this column, where it keeps the order. */
  readonly order?: string;
  /** Never broken into lines. */
  readonly whole?: true;
  /** Keeps room for some words where the table is full. */
  readonly wide?: true;
}

/**
 * A table that becomes cards on a narrow screen. Without an `order` of the server the loaded rows are sorted.
 */
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

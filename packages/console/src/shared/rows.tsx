import { Button, Checkbox } from "@patternfly/react-core";
import { ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Fragment, type ReactNode, useId, useState } from "react";
import type { Order, Paging } from "./paging.ts";
import { type Sorting, sortingOf, sortRows } from "./sorting.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable when all rows are loaded. */
  readonly sortBy?: (row: Row) => string | number;
  /** The server's name of the order by this column, if the server sorts. */
  readonly order?: string;
  /** A short value, never broken into lines. */
  readonly whole?: true;
  /** The column that gets the room that the others leave. */
  readonly wide?: true;
  /** A value of any length, cut off at the end of its line; the function gives the whole for the tooltip. */
  readonly clip?: (row: Row) => string;
}

/** The rows that are selected, and what a press on a checkbox does. */
export interface Selection<Row> {
  readonly has: (row: Row) => boolean;
  /** False for a row that cannot be selected. */
  readonly mayHave: (row: Row) => boolean;
  readonly toggle: (row: Row, selected: boolean) => void;
  readonly toggleAll: (selected: boolean) => void;
  readonly nameOf: (row: Row) => string;
}

interface RowsProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly actions?: (row: Row) => ReactNode;
  readonly order?: Order;
  readonly selection?: Selection<Row>;
  /** What unfolds below a row; null if there is nothing to unfold. */
  readonly details?: (row: Row) => ReactNode;
}

/**
 * A table that becomes cards on a narrow screen. No word in it is broken: long values are cut off, and the
 * whole is in their tooltip. Without an `order` of the server the loaded rows are sorted.
 */
export function Rows<Row>(props: RowsProps<Row>) {
  const { label, columns, rows, keyOf, order } = props;
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
    <div className="mm-scroll">
      <Table role="table" aria-label={label} variant="compact" gridBreakPoint="grid-lg" className="mm-table">
        <Head {...props} sort={sort} onSort={onSort} />
        <Tbody>
          {sorted.map((row, index) => (
            <Line key={keyOf(row)} {...props} row={row} index={index} />
          ))}
        </Tbody>
      </Table>
    </div>
  );
}

function Head<Row>({
  columns,
  rows,
  actions,
  order,
  selection,
  details,
  sort,
  onSort,
}: RowsProps<Row> & {
  readonly sort: Sorting | null;
  readonly onSort: (index: number, direction: Sorting["direction"]) => void;
}) {
  const id = useId();
  return (
    <Thead>
      <Tr>
        {details ? <Th screenReaderText="Details" /> : null}
        {selection ? (
          <Th className="mm-check">
            <Checkbox
              id={`${id}-select-all`}
              aria-label="Select all rows"
              isChecked={rows.filter(selection.mayHave).every(selection.has)}
              onChange={(_event, selected) => selection.toggleAll(selected)}
            />
          </Th>
        ) : null}
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
  );
}

function Line<Row>({
  columns,
  actions,
  selection,
  details,
  row,
  index,
}: RowsProps<Row> & { readonly row: Row; readonly index: number }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const more = details?.(row) ?? null;
  const unfold = {
    rowIndex: index,
    isExpanded: open,
    onToggle: () => setOpen(!open),
    expandId: "details",
  };
  return (
    <Fragment>
      <Tr>
        {details ? <Td {...(more === null ? {} : { expand: unfold })} /> : null}
        {selection ? (
          <Td className="mm-check">
            <Checkbox
              id={`${id}-select`}
              aria-label={`Select ${selection.nameOf(row)}`}
              isChecked={selection.has(row)}
              isDisabled={!selection.mayHave(row)}
              onChange={(_event, selected) => selection.toggle(row, selected)}
            />
          </Td>
        ) : null}
        {columns.map((column) => (
          <Td
            key={column.title}
            dataLabel={column.title}
            {...(column.wide ? { className: "mm-wide" } : {})}
            {...(column.whole ? { modifier: "nowrap" as const } : {})}
          >
            {column.clip ? (
              <span className="mm-clip" title={column.clip(row)}>
                {column.cell(row)}
              </span>
            ) : (
              column.cell(row)
            )}
          </Td>
        ))}
        {actions ? <Td className="mm-row-actions">{actions(row)}</Td> : null}
      </Tr>
      {open && more !== null ? (
        <Tr isExpanded>
          <Td noPadding={false} colSpan={columns.length + (selection ? 1 : 0) + (actions ? 1 : 0) + 1}>
            <ExpandableRowContent>{more}</ExpandableRowContent>
          </Td>
        </Tr>
      ) : null}
    </Fragment>
  );
}

/** Nothing if everything fits on one page. */
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
    <nav className="mm-pages" aria-label="Pages of the list">
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

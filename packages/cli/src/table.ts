const GAP = "  ";
const NARROWEST = 6;

/**
 * Lines of a table whose columns fit into `width`: the widest columns are cut, with an ellipsis. Without a
 * width (no terminal) nothing is cut.
 */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string[] {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] ?? "").length)),
  );
  if (width !== undefined) {
    shrink(widths, width - GAP.length * (head.length - 1));
  }
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => fit(cell, widths[at] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

function shrink(widths: number[], room: number): void {
  let total = widths.reduce((sum, one) => sum + one, 0);
  while (total > room) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) {
      return;
    }
    widths[widths.indexOf(widest)] = widest - 1;
    total -= 1;
  }
}

function fit(cell: string, width: number): string {
  return cell.length <= width ? cell.padEnd(width) : `${cell.slice(0, Math.max(0, width - 1))}…`;
}

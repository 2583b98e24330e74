/** The arithmetic of a long table: which rows are seen, in which order, which pass the filter. No DOM. */

export interface Column<Row> {
  id: string;
  title: string;
  /** Full sentence for the tooltip of the header. */
  hint?: string;
  numeric: boolean;
  /** Without it the header cannot be clicked. */
  sortable?: false;
  /** In characters; `rest` takes what the others leave. */
  width: number | 'rest';
  text: (row: Row) => string;
  value: (row: Row) => number | string;
}

export interface Sort {
  column: string;
  descending: boolean;
}

export interface Range {
  first: number;
  /** One past the last. */
  end: number;
}

export function visibleRows(
  scrollTop: number,
  height: number,
  rowHeight: number,
  rowCount: number,
  overscan = 8,
): Range {
  const first = Math.floor(Math.max(scrollTop, 0) / rowHeight) - overscan;
  const end = Math.ceil((Math.max(scrollTop, 0) + height) / rowHeight) + overscan;
  return {
    first: Math.min(Math.max(first, 0), rowCount),
    end: Math.min(Math.max(end, 0), rowCount),
  };
}

/**
 * Browsers lay nothing out beyond some height: a longer table is as high as that, and each pixel of its
 * scroll bar stands for `factor` pixels of rows.
 */
export interface Scale {
  height: number;
  factor: number;
}

export function scaleOf(rowsHeight: number, viewport: number, tallest: number): Scale {
  if (rowsHeight <= tallest) {
    return { height: rowsHeight, factor: 1 };
  }
  return { height: tallest, factor: (rowsHeight - viewport) / (tallest - viewport) };
}

/** Stable, so that equal rows keep the server's order. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { column: id, descending }: Sort,
): readonly Row[] {
  const column = columns.find((it) => it.id === id);
  if (column === undefined) {
    return rows;
  }
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(column.value(a), column.value(b)));
}

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en');
}

/** Every word must occur, in any case and order. */
export function matches(text: string, filter: string): boolean {
  const where = text.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => where.includes(word));
}

/** Another click on a sorted column turns it round; a first one sorts numbers from the largest. */
export function nextSort({ column, descending }: Sort, clicked: string, numeric: boolean): Sort {
  return column === clicked
    ? { column, descending: !descending }
    : { column: clicked, descending: numeric };
}

/** Where a key takes the active row; undefined: not a key of the table. */
export function rowAfterKey(
  key: string,
  active: number,
  rowCount: number,
  pageRows: number,
): number | undefined {
  const targets: Record<string, number> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + pageRows,
    PageUp: active - pageRows,
    Home: 0,
    End: rowCount - 1,
  };
  const row = targets[key];
  return row === undefined || rowCount === 0 ? undefined : Math.min(Math.max(row, 0), rowCount - 1);
}

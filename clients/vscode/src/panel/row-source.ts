/** Where a table's rows come from: all at hand, or page by page as they come into sight. No DOM. */

export interface RowSource<Row> {
  readonly length: number;
  /** Undefined: not there yet; the table is drawn again when it is. */
  at(index: number): Row | undefined;
}

export function allRows<Row>(rows: readonly Row[]): RowSource<Row> {
  return { length: rows.length, at: (index) => rows[index] };
}

export type ReadPage<Row> = (offset: number, limit: number) => Promise<readonly Row[]>;

/** Asks for each page once, when a row of it is wanted. A page that fails is asked again when wanted again. */
export class PagedRows<Row> implements RowSource<Row> {
  readonly length: number;
  private readonly pages = new Map<number, readonly Row[]>();
  private readonly asked = new Set<number>();
  private readonly read: ReadPage<Row>;
  private readonly pageSize: number;
  private readonly onLoad: () => void;

  constructor(
    length: number,
    first: readonly Row[],
    pageSize: number,
    read: ReadPage<Row>,
    onLoad: () => void,
  ) {
    this.length = length;
    this.pageSize = pageSize;
    this.read = read;
    this.onLoad = onLoad;
    this.pages.set(0, first);
    this.asked.add(0);
  }

  at(index: number): Row | undefined {
    const page = Math.floor(index / this.pageSize);
    if (!this.asked.has(page) && index >= 0 && index < this.length) {
      this.asked.add(page);
      this.read(page * this.pageSize, this.pageSize).then(
        (rows) => {
          this.pages.set(page, rows);
          this.onLoad();
        },
        () => {
          this.asked.delete(page);
        },
      );
    }
    return this.pages.get(page)?.[index - page * this.pageSize];
  }
}

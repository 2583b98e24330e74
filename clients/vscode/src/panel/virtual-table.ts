/** A table of any length: only the rows in sight exist. Sortable headers, keyboard, ARIA grid or tree. */
import { h } from './dom.ts';
import type { RowSource } from './row-source.ts';
import {
  type Column,
  nextSort,
  rowAfterKey,
  scaleOf,
  type Sort,
  visibleRows,
} from './table-model.ts';

const rowHeight = 24;
/** Taller elements are beyond what browsers lay out. */
const tallest = 15_000_000;

export interface TableColumn<Row> extends Column<Row> {
  /** What stands in the cell instead of the text: a link, say. */
  cell?: (row: Row) => Node | string;
}

export interface TableEvents<Row> {
  onSort?: (sort: Sort) => void;
  /** Enter or a double click. */
  onOpen?: (row: Row) => void;
  /** The active row has changed. */
  onSelect?: (row: Row) => void;
  /** Keys that the table does not use itself. True: it was one. */
  onKey?: (event: KeyboardEvent, row: Row) => boolean;
  /** ARIA states of a row, for trees. */
  attributes?: (row: Row) => Record<string, string | number>;
  role?: 'grid' | 'treegrid';
}

let tables = 0;

export class VirtualTable<Row> {
  readonly element: HTMLElement;
  private readonly header = h('div', { class: 'row header', role: 'row', 'aria-rowindex': 1 });
  private readonly spacer = h('div', { class: 'spacer', role: 'presentation' });
  private readonly body: HTMLElement;
  private readonly events: TableEvents<Row>;
  private readonly prefix: string;
  private columns: readonly TableColumn<Row>[] = [];
  private rows: RowSource<Row> = { length: 0, at: () => undefined };
  private active = 0;
  /** How far down the rows one looks, in pixels of rows; the scroll bar tells it only roughly. */
  private top = 0;
  /** Where the scroll bar stands for that: whoever moves it moves it away from there. */
  private barTop = 0;

  constructor(label: string, events: TableEvents<Row> = {}) {
    this.events = events;
    tables += 1;
    this.prefix = `table-${tables}-row`;
    this.body = h(
      'div',
      {
        class: 'body',
        role: 'rowgroup',
        // Scrolled by the arrow keys that move the active row; not a stop of its own.
        tabindex: -1,
        onscroll: () => {
          this.onScroll();
        },
      },
      this.spacer,
    );
    this.element = h(
      'div',
      {
        class: 'table',
        role: events.role ?? 'grid',
        'aria-label': label,
        tabindex: 0,
        onkeydown: (event: KeyboardEvent) => {
          this.onKey(event);
        },
      },
      this.header,
      this.body,
    );
    new ResizeObserver(() => {
      this.draw();
    }).observe(this.body);
  }

  show(rows: RowSource<Row>, columns: readonly TableColumn<Row>[], sort?: Sort): void {
    this.rows = rows;
    this.columns = columns;
    this.active = Math.min(this.active, Math.max(rows.length - 1, 0));
    this.element.style.setProperty('--columns', columns.map(trackOf).join(' '));
    this.element.style.setProperty('--least-width', `${leastWidth(columns)}ch`);
    this.header.replaceChildren(...columns.map((column) => this.headerCell(column, sort)));
    this.refresh();
  }

  /** The rows have changed, not the columns. */
  refresh(): void {
    this.element.setAttribute('aria-rowcount', `${this.rows.length + 1}`);
    this.spacer.style.height = `${this.scale().height}px`;
    this.draw();
  }

  toTop(): void {
    this.active = 0;
    this.lookAt(0);
  }

  private scale(): { height: number; factor: number } {
    return scaleOf(this.rows.length * rowHeight, this.body.clientHeight, tallest);
  }

  private lookAt(top: number): void {
    this.top = top;
    this.body.scrollTop = top / this.scale().factor;
    this.barTop = this.body.scrollTop;
  }

  private onScroll(): void {
    const { scrollTop } = this.body;
    if (Math.abs(scrollTop - this.barTop) >= 1) {
      this.barTop = scrollTop;
      this.top = scrollTop * this.scale().factor;
    }
    this.draw();
  }

  private headerCell(column: TableColumn<Row>, sort: Sort | undefined): HTMLElement {
    const { onSort } = this.events;
    const sorted = column.id === sort?.column;
    const properties = {
      class: column.numeric ? 'cell numeric' : 'cell',
      role: 'columnheader',
      'aria-sort': sorted ? (sort.descending ? 'descending' : 'ascending') : 'none',
      title: column.hint ?? '',
    };
    if (sort === undefined || onSort === undefined || column.sortable === false) {
      return h('div', properties, h('strong', {}, column.title));
    }
    const onclick = (): void => {
      onSort(nextSort(sort, column.id, column.numeric));
    };
    return h(
      'div',
      properties,
      h(
        'button',
        { title: column.hint ?? `Sort by ${column.title}`, onclick },
        column.title,
        sorted && h('span', { 'aria-hidden': 'true' }, sort.descending ? ' ▾' : ' ▴'),
      ),
    );
  }

  private draw(): void {
    const range = visibleRows(this.top, this.body.clientHeight, rowHeight, this.rows.length);
    const shift = this.body.scrollTop - this.top;
    const drawn: HTMLElement[] = [];
    for (let index = range.first; index < range.end; index += 1) {
      drawn.push(this.rowElement(this.rows.at(index), index, shift));
    }
    if (this.rows.length === 0) {
      drawn.push(h('div', { class: 'cell quiet' }, 'Nothing to show.'));
    }
    this.spacer.replaceChildren(...drawn);
    if (this.rows.length > 0) {
      this.element.setAttribute('aria-activedescendant', `${this.prefix}-${this.active}`);
    } else {
      this.element.removeAttribute('aria-activedescendant');
    }
  }

  private rowElement(row: Row | undefined, index: number, shift: number): HTMLElement {
    const isActive = index === this.active;
    const properties = {
      class: isActive ? 'row active' : 'row',
      id: `${this.prefix}-${index}`,
      role: 'row',
      'aria-rowindex': index + 2,
      'aria-selected': isActive ? 'true' : 'false',
      ...(row !== undefined && this.events.attributes?.(row)),
      onclick: () => {
        this.activate(index);
      },
      ondblclick: () => {
        this.open();
      },
    };
    const cells =
      row === undefined
        ? [h('div', { class: 'cell quiet', role: 'gridcell' }, '…')]
        : this.columns.map((column) => bodyCell(column, row));
    const element = h('div', properties, ...cells);
    element.style.transform = `translateY(${index * rowHeight + shift}px)`;
    return element;
  }

  private onKey(event: KeyboardEvent): void {
    const page = Math.max(Math.floor(this.body.clientHeight / rowHeight) - 1, 1);
    const target = rowAfterKey(event.key, this.active, this.rows.length, page);
    const row = this.rows.at(this.active);
    if (target !== undefined) {
      event.preventDefault();
      this.activate(target);
    } else if (event.key === 'Enter' && event.target === this.element) {
      event.preventDefault();
      this.open();
    } else if (row !== undefined && this.events.onKey?.(event, row) === true) {
      event.preventDefault();
    }
  }

  private open(): void {
    const row = this.rows.at(this.active);
    if (row !== undefined) {
      this.events.onOpen?.(row);
    }
  }

  activate(index: number): void {
    const focused = this.element.contains(document.activeElement);
    this.active = index;
    const top = index * rowHeight;
    const bottom = top + rowHeight - this.body.clientHeight;
    if (top < this.top) {
      this.lookAt(top);
    } else if (bottom > this.top) {
      this.lookAt(bottom);
    }
    const row = this.rows.at(index);
    this.draw();
    if (row !== undefined) {
      this.events.onSelect?.(row);
    }
    // A link in a row that was just drawn anew would lose the focus to nowhere.
    if (focused) {
      this.element.focus({ preventScroll: true });
    }
  }
}

function bodyCell<Row>(column: TableColumn<Row>, row: Row): HTMLElement {
  const text = column.text(row);
  return h(
    'div',
    { class: column.numeric ? 'cell numeric' : 'cell', role: 'gridcell', title: text },
    column.cell?.(row) ?? text,
  );
}

/** In characters, of a column that takes what the others leave. */
const leastRest = 24;

function trackOf({ width }: Column<never>): string {
  return width === 'rest' ? `minmax(${leastRest}ch, 1fr)` : `${width}ch`;
}

function leastWidth(columns: readonly Column<never>[]): number {
  return columns.reduce((sum, { width }) => sum + (width === 'rest' ? leastRest : width), 0);
}

/** A table of any length: only the rows in sight exist. Sortable headers, keyboard, ARIA grid. */
import { h } from './dom.ts';
import { type Column, nextSort, rowAfterKey, type Sort, visibleRows } from './table-model.ts';

const rowHeight = 24;

export class VirtualTable<Row> {
  readonly element: HTMLElement;
  private readonly header = h('div', { class: 'row header', role: 'row', 'aria-rowindex': 1 });
  private readonly spacer = h('div', { class: 'spacer' });
  private readonly body: HTMLElement;
  private readonly onSort: (sort: Sort) => void;
  private columns: readonly Column<Row>[] = [];
  private rows: readonly Row[] = [];
  private active = 0;

  constructor(label: string, onSort: (sort: Sort) => void) {
    this.onSort = onSort;
    this.body = h(
      'div',
      {
        class: 'body',
        tabindex: 0,
        role: 'rowgroup',
        onscroll: () => {
          this.draw();
        },
        onkeydown: (event: KeyboardEvent) => {
          this.onKey(event);
        },
      },
      this.spacer,
    );
    this.element = h(
      'div',
      { class: 'table', role: 'grid', 'aria-label': label },
      this.header,
      this.body,
    );
    new ResizeObserver(() => {
      this.draw();
    }).observe(this.body);
  }

  show(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort): void {
    this.rows = rows;
    this.columns = columns;
    this.active = Math.min(this.active, Math.max(rows.length - 1, 0));
    this.element.style.setProperty('--columns', columns.map(trackOf).join(' '));
    this.element.setAttribute('aria-rowcount', `${rows.length + 1}`);
    this.header.replaceChildren(...columns.map((column) => this.headerCell(column, sort)));
    this.spacer.style.height = `${rows.length * rowHeight}px`;
    this.draw();
  }

  private headerCell(column: Column<Row>, sort: Sort): HTMLElement {
    const sorted = column.id === sort.column;
    return h(
      'div',
      {
        class: column.numeric ? 'cell numeric' : 'cell',
        role: 'columnheader',
        'aria-sort': sorted ? (sort.descending ? 'descending' : 'ascending') : 'none',
      },
      h(
        'button',
        {
          title: column.hint ?? `Sort by ${column.title}`,
          onclick: () => {
            this.onSort(nextSort(sort, column.id, column.numeric));
          },
        },
        column.title,
        sorted && h('span', { 'aria-hidden': 'true' }, sort.descending ? ' ▾' : ' ▴'),
      ),
    );
  }

  private draw(): void {
    const { scrollTop, clientHeight } = this.body;
    const range = visibleRows(scrollTop, clientHeight, rowHeight, this.rows.length);
    const drawn = this.rows
      .slice(range.first, range.end)
      .map((row, offset) => this.rowElement(row, range.first + offset));
    this.spacer.replaceChildren(...drawn);
    this.body.setAttribute('aria-activedescendant', `row-${this.active}`);
  }

  private rowElement(row: Row, index: number): HTMLElement {
    const isActive = index === this.active;
    const element = h(
      'div',
      {
        class: isActive ? 'row active' : 'row',
        id: `row-${index}`,
        role: 'row',
        'aria-rowindex': index + 2,
        'aria-selected': isActive ? 'true' : 'false',
        onclick: () => {
          this.activate(index);
        },
      },
      ...this.columns.map((column) => bodyCell(column, row)),
    );
    element.style.transform = `translateY(${index * rowHeight}px)`;
    return element;
  }

  private onKey(event: KeyboardEvent): void {
    const page = Math.max(Math.floor(this.body.clientHeight / rowHeight) - 1, 1);
    const target = rowAfterKey(event.key, this.active, this.rows.length, page);
    if (target !== undefined) {
      event.preventDefault();
      this.activate(target);
    }
  }

  private activate(index: number): void {
    this.active = index;
    const top = index * rowHeight;
    if (top < this.body.scrollTop) {
      this.body.scrollTop = top;
    } else if (top + rowHeight > this.body.scrollTop + this.body.clientHeight) {
      this.body.scrollTop = top + rowHeight - this.body.clientHeight;
    }
    this.draw();
  }
}

function bodyCell<Row>(column: Column<Row>, row: Row): HTMLElement {
  const text = column.text(row);
  return h(
    'div',
    { class: column.numeric ? 'cell numeric' : 'cell', role: 'gridcell', title: text },
    text,
  );
}

function trackOf({ width }: Column<never>): string {
  return width === 'rest' ? 'minmax(16ch, 1fr)' : `${width}ch`;
}

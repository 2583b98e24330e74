/** A table of groups with what stands around it: how to group, a filter, what can be done with a row. */
import { formatCount, plural } from '../model/format.ts';
import { h } from './dom.ts';
import { allRows } from './row-source.ts';
import { matches, type Sort, sortRows } from './table-model.ts';
import { type TableColumn, type TableEvents, VirtualTable } from './virtual-table.ts';

const pageSize = 2000;

export interface GroupEvents<Row> extends Omit<TableEvents<Row>, 'onSelect'> {
  onGroup: (by: string) => void;
  onFilter: (filter: string) => void;
  /** What can be done with the chosen row. */
  actions: (row: Row) => Node[];
}

export interface Groups<Row> {
  rows: readonly Row[];
  columns: readonly TableColumn<Row>[];
  sort: Sort;
  /** Of a row, what the filter is matched with. */
  name: (row: Row) => string;
  filter: string;
  /** Follows the number of rows. */
  summary: readonly string[];
}

export class GroupTable<Row> {
  readonly table: HTMLElement;
  /** Around the table: put where the tab wants them. */
  readonly groupBy: HTMLElement;
  readonly filter: HTMLInputElement;
  readonly status = h('span', { class: 'quiet', role: 'status' });
  readonly actions = h('div', { class: 'toolbar row-actions' });
  private readonly by: HTMLSelectElement;
  private readonly rows: VirtualTable<Row>;

  constructor(
    label: string,
    groupings: readonly { by: string; title: string }[],
    events: GroupEvents<Row>,
  ) {
    this.by = h(
      'select',
      {
        onchange: () => {
          events.onGroup(this.by.value);
        },
      },
      ...groupings.map(({ by, title }) => h('option', { value: by }, title)),
    );
    this.groupBy = h('label', {}, 'Group by ', this.by);
    this.filter = h('input', {
      type: 'search',
      placeholder: 'Filter',
      'aria-label': 'Filter rows',
      oninput: () => {
        events.onFilter(this.filter.value);
      },
    });
    this.rows = new VirtualTable<Row>(label, {
      ...events,
      onSelect: (row) => {
        this.actions.replaceChildren(...events.actions(row));
      },
    });
    this.table = this.rows.element;
  }

  controls(by: string, filter: string): void {
    this.by.value = by;
    if (this.filter.value !== filter) {
      this.filter.value = filter;
    }
  }

  /** Instead of rows: why there are none, or that they are on their way. */
  say(message: string): void {
    this.status.textContent = message;
  }

  clear(): void {
    this.actions.replaceChildren();
    this.rows.show(allRows([]), []);
  }

  show({ rows, columns, sort, name, filter, summary }: Groups<Row>): void {
    const kept = filter === '' ? rows : rows.filter((row) => matches(name(row), filter));
    this.rows.show(allRows(sortRows(kept, columns, sort)), columns, sort);
    const all = plural(rows.length, 'row');
    const shown = kept.length === rows.length ? all : `${formatCount(kept.length)} of ${all}`;
    this.status.textContent = [shown, ...summary].join(' · ');
  }
}

/** A table that comes in pages, read to its end: it is sorted and filtered here. */
export async function wholeTable<Table extends { rows: unknown[]; rowCount: number }>(
  read: (page: { offset: number; limit: number }) => Promise<Table>,
  signal: AbortSignal,
): Promise<Table> {
  const table = await read({ offset: 0, limit: pageSize });
  while (table.rows.length < table.rowCount && !signal.aborted) {
    const { rows } = await read({ offset: table.rows.length, limit: pageSize });
    if (rows.length === 0) {
      break;
    }
    table.rows.push(...rows);
  }
  return table;
}

/** A table whose first column is a tree: unfold by click, by arrow keys, or by Enter where nothing opens. */
import { h } from './dom.ts';
import type { TreeRow, TreeRows } from './tree-rows.ts';
import { type TableColumn, VirtualTable } from './virtual-table.ts';
import { formatCount } from '../model/format.ts';

export interface TreeEvents<Item> {
  onSelect?: (item: Item) => void;
  onOpen?: (item: Item) => void;
  onFailure: (message: string) => void;
}

export class TreeTable<Item> {
  readonly element: HTMLElement;
  private readonly table: VirtualTable<TreeRow<Item>>;
  private readonly events: TreeEvents<Item>;
  private rows: TreeRows<Item> | undefined;

  constructor(label: string, events: TreeEvents<Item>) {
    this.events = events;
    this.table = new VirtualTable<TreeRow<Item>>(label, {
      role: 'treegrid',
      attributes: (row) => ({
        'aria-level': row.depth + 1,
        'aria-setsize': row.setSize,
        'aria-posinset': row.position,
        ...(row.expandable && { 'aria-expanded': row.expanded ? 'true' : 'false' }),
      }),
      onSelect: (row) => {
        if (row.more === undefined) {
          events.onSelect?.(row.item);
        }
      },
      onOpen: (row) => {
        if (row.more === undefined && events.onOpen !== undefined) {
          events.onOpen(row.item);
        } else {
          this.toggle(row);
        }
      },
      onKey: (event, row) => this.onKey(event, row),
    });
    this.element = this.table.element;
  }

  /** The first column is the tree's. */
  show(rows: TreeRows<Item>, columns: readonly TableColumn<Item>[]): void {
    this.rows = rows;
    const inRow = (column: TableColumn<Item>, index: number): TableColumn<TreeRow<Item>> => ({
      id: column.id,
      title: column.title,
      ...(column.hint !== undefined && { hint: column.hint }),
      numeric: column.numeric,
      width: column.width,
      value: (row) => column.value(row.item),
      text: (row) => (row.more === undefined ? column.text(row.item) : ''),
      cell: (row) => (index === 0 ? this.branch(row, column) : this.cell(row, column)),
    });
    this.table.toTop();
    this.table.show(rows, columns.map(inRow));
  }

  refresh(): void {
    this.table.refresh();
  }

  private cell(row: TreeRow<Item>, column: TableColumn<Item>): Node | string {
    return row.more === undefined ? (column.cell?.(row.item) ?? column.text(row.item)) : '';
  }

  private branch(row: TreeRow<Item>, column: TableColumn<Item>): HTMLElement {
    const twistie = h(
      'span',
      {
        class: 'twistie',
        'aria-hidden': 'true',
        onclick: (event: MouseEvent) => {
          event.stopPropagation();
          this.toggle(row);
        },
      },
      row.loading ? '◌' : row.expandable ? (row.expanded ? '▾' : '▸') : '',
    );
    const more = (): HTMLElement =>
      h(
        'button',
        {
          class: 'link',
          onclick: () => {
            this.toggle(row);
          },
        },
        `${formatCount(row.more ?? 0)} more…`,
      );
    const element = h(
      'span',
      { class: 'branch' },
      twistie,
      row.more === undefined ? this.cell(row, column) : more(),
    );
    element.style.paddingInlineStart = `${Math.min(row.depth, 60) * 14}px`;
    return element;
  }

  private toggle(row: TreeRow<Item>): void {
    this.rows?.toggle(row).catch((error: unknown) => {
      this.events.onFailure(error instanceof Error ? error.message : String(error));
    });
  }

  private onKey({ key }: KeyboardEvent, row: TreeRow<Item>): boolean {
    if (key === 'ArrowRight' && row.expandable && !row.expanded) {
      this.toggle(row);
    } else if (key === 'ArrowLeft' && row.expanded) {
      this.toggle(row);
    } else if (key === 'ArrowLeft' && row.parent !== undefined) {
      this.table.activate(this.rows?.indexOf(row.parent) ?? 0);
    } else if (key === ' ') {
      this.toggle(row);
    } else {
      return false;
    }
    return true;
  }
}

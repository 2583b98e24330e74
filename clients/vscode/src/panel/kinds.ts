/** *Kinds*: guppy's table; sort, filter, group by. Read page by page, sorted and filtered here. */
import { formatBytes, formatCount, plural } from '../model/format.ts';
import type { ObjectSet, PartitionParams, PartitionResult, PartitionRow } from '../wire.ts';
import { h } from './dom.ts';
import { columnsOf, groupings } from './kind-columns.ts';
import { hasSource, setActions, typeName } from './links.ts';
import { allRows } from './row-source.ts';
import { matches, sortRows } from './table-model.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';
import { VirtualTable } from './virtual-table.ts';

const pageSize = 2000;

class Kinds implements Tab {
  readonly title = 'Kinds';
  readonly element: HTMLElement;
  private readonly panel: Panel;
  private readonly status = h('span', { class: 'quiet', role: 'status' });
  private readonly actions = h('div', { class: 'toolbar row-actions' });
  private readonly by: HTMLSelectElement;
  private readonly filter: HTMLInputElement;
  private readonly rows: VirtualTable<PartitionRow>;
  private readonly question: Question<PartitionResult>;
  private subject: Subject | undefined;
  private table: PartitionResult | undefined;

  constructor(panel: Panel) {
    this.panel = panel;
    this.by = h(
      'select',
      {
        onchange: () => {
          panel.change({ by: this.by.value });
        },
      },
      ...groupings.map(({ by, title }) => h('option', { value: by }, title)),
    );
    this.filter = h('input', {
      type: 'search',
      placeholder: 'Filter',
      'aria-label': 'Filter rows',
      oninput: () => {
        panel.change({ filter: this.filter.value });
      },
    });
    this.rows = new VirtualTable<PartitionRow>('Kinds of objects', {
      onSort: (sort) => {
        panel.change({ sort });
      },
      onSelect: (row) => {
        this.showActions(row);
      },
      onOpen: (row) => {
        panel.list(this.setOf(row), row.kind);
      },
    });
    this.question = new Question(
      (table) => {
        this.table = table;
        this.actions.replaceChildren();
        this.draw();
      },
      (message) => {
        this.status.textContent = message;
      },
    );
    this.element = h(
      'section',
      { class: 'fill-height' },
      h(
        'div',
        { class: 'toolbar' },
        h('label', {}, 'Group by ', this.by),
        this.filter,
        this.status,
      ),
      this.rows.element,
      this.actions,
    );
  }

  show(subject: Subject): void {
    this.subject = subject;
    const { snapshot, since, view } = subject;
    this.by.value = view.by;
    if (this.filter.value !== view.filter) {
      this.filter.value = view.filter;
    }
    const params = { snapshot, by: view.by, ...(since !== null && { since }) };
    if (this.question.ask(JSON.stringify(params), (signal) => this.read(params, signal))) {
      this.status.textContent = 'Counting…';
    } else {
      this.draw();
    }
  }

  private async read(params: PartitionParams, signal: AbortSignal): Promise<PartitionResult> {
    const { host } = this.panel;
    const first = { ...params, limit: pageSize };
    const table = await host.request('whyalive/partition', first, signal);
    while (table.rows.length < table.rowCount && !signal.aborted) {
      const page = { ...params, offset: table.rows.length, limit: pageSize };
      const { rows } = await host.request('whyalive/partition', page, signal);
      if (rows.length === 0) {
        break;
      }
      table.rows.push(...rows);
    }
    return table;
  }

  private setOf({ kind }: PartitionRow): ObjectSet {
    const { by = 'kind', snapshot = '' } = this.table ?? {};
    return { row: { by, kind }, snapshot };
  }

  /** "dict of xmpp.Node" leads to the class Node, as "xmpp.Node" does. */
  private name({ kind }: PartitionRow, snapshot: string): Node | string {
    const type = kind.slice(kind.lastIndexOf(' ') + 1);
    return this.namesTypes() && hasSource(type) ? typeName(this.panel, type, snapshot, kind) : kind;
  }

  private namesTypes(): boolean {
    return this.table?.by === 'kind' || this.table?.by === 'type';
  }

  private showActions(row: PartitionRow): void {
    const type = this.namesTypes() ? row.type : '';
    this.actions.replaceChildren(
      h('code', {}, row.kind),
      setActions(this.panel, this.setOf(row), row.kind, type),
    );
  }

  private draw(): void {
    if (this.table === undefined || this.subject === undefined) {
      return;
    }
    const { by, filter, sort } = this.subject.view;
    const { snapshot } = this.table;
    const columns = columnsOf(this.table, by).map((column) =>
      column.id === 'kind'
        ? { ...column, cell: (row: PartitionRow) => this.name(row, snapshot) }
        : column,
    );
    const kept = this.table.rows.filter((row) => matches(row.kind, filter));
    this.rows.show(allRows(sortRows(kept, columns, sort)), columns, sort);
    this.status.textContent = summary(this.table, kept.length);
  }
}

export function createKinds(panel: Panel): Tab {
  return new Kinds(panel);
}

function summary({ rows, total }: PartitionResult, shown: number): string {
  const all = plural(rows.length, 'row');
  return [
    shown === rows.length ? all : `${formatCount(shown)} of ${all}`,
    plural(total.count, 'object'),
    formatBytes(total.size),
  ].join(' · ');
}

/** *Kinds*: guppy's table; sort, filter, group by. Read page by page, sorted and filtered here. */
import { formatBytes, formatCount, plural } from '../model/format.ts';
import type { PartitionParams, PartitionResult, PartitionRow } from '../wire.ts';
import { h } from './dom.ts';
import type { Host } from './host.ts';
import { columnsOf, groupings } from './kind-columns.ts';
import { matches, sortRows } from './table-model.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';
import { VirtualTable } from './virtual-table.ts';

const pageSize = 2000;

class Kinds implements Tab {
  readonly title = 'Kinds';
  readonly element: HTMLElement;
  private readonly host: Host;
  private readonly status = h('span', { class: 'quiet', role: 'status' });
  private readonly by: HTMLSelectElement;
  private readonly filter: HTMLInputElement;
  private readonly rows: VirtualTable<PartitionRow>;
  private readonly question: Question<PartitionResult>;
  private subject: Subject | undefined;
  private table: PartitionResult | undefined;

  constructor(panel: Panel) {
    this.host = panel.host;
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
    this.rows = new VirtualTable('Kinds of objects', (sort) => {
      panel.change({ sort });
    });
    this.question = new Question(
      (table) => {
        this.table = table;
        this.draw();
      },
      (message) => {
        this.status.textContent = message;
      },
    );
    this.element = h(
      'section',
      { class: 'kinds' },
      h(
        'div',
        { class: 'toolbar' },
        h('label', {}, 'Group by ', this.by),
        this.filter,
        this.status,
      ),
      this.rows.element,
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
    if (this.question.ask(JSON.stringify(params), (isLatest) => this.read(params, isLatest))) {
      this.status.textContent = 'Counting…';
    } else {
      this.draw();
    }
  }

  private async read(params: PartitionParams, isLatest: () => boolean): Promise<PartitionResult> {
    const table = await this.host.request('whyalive/partition', { ...params, limit: pageSize });
    while (table.rows.length < table.rowCount && isLatest()) {
      const page = { ...params, offset: table.rows.length, limit: pageSize };
      const { rows } = await this.host.request('whyalive/partition', page);
      if (rows.length === 0) {
        break;
      }
      table.rows.push(...rows);
    }
    return table;
  }

  private draw(): void {
    if (this.table === undefined || this.subject === undefined) {
      return;
    }
    const { by, filter, sort } = this.subject.view;
    const columns = columnsOf(this.table, by);
    const kept = this.table.rows.filter((row) => matches(row.kind, filter));
    this.rows.show(sortRows(kept, columns, sort), columns, sort);
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

/** *Kinds*: guppy's table; sort, filter, group by. Read page by page, sorted and filtered here. */
import { formatBytes, plural } from '../model/format.ts';
import type { ObjectSet, PartitionParams, PartitionResult, PartitionRow } from '../wire.ts';
import { h } from './dom.ts';
import { GroupTable, wholeTable } from './group-table.ts';
import { columnsOf, groupings } from './kind-columns.ts';
import { kindName, setActions } from './links.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';

class Kinds implements Tab {
  readonly title = 'Kinds';
  readonly element: HTMLElement;
  private readonly panel: Panel;
  private readonly groups: GroupTable<PartitionRow>;
  private readonly question: Question<PartitionResult>;
  private subject: Subject | undefined;
  private table: PartitionResult | undefined;

  constructor(panel: Panel) {
    this.panel = panel;
    this.groups = new GroupTable<PartitionRow>('Kinds of objects', groupings, {
      onGroup: (by) => {
        panel.change({ by });
      },
      onFilter: (filter) => {
        panel.change({ filter });
      },
      onSort: (sort) => {
        panel.change({ sort });
      },
      onOpen: (row) => {
        panel.list(this.setOf(row), row.kind);
      },
      actions: (row) => this.actionsOf(row),
    });
    this.question = new Question(
      (table) => {
        this.table = table;
        this.groups.clear();
        this.draw();
      },
      (message) => {
        this.groups.say(message);
      },
    );
    const { groupBy, filter, status, table, actions } = this.groups;
    this.element = h(
      'section',
      { class: 'fill-height' },
      h('div', { class: 'toolbar' }, groupBy, filter, status),
      table,
      actions,
    );
  }

  show(subject: Subject): void {
    this.subject = subject;
    const { snapshot, since, view } = subject;
    this.groups.controls(view.by, view.filter);
    const params = { snapshot, by: view.by, ...(since !== null && { since }) };
    if (this.question.ask(JSON.stringify(params), (signal) => this.read(params, signal))) {
      this.groups.say('Counting…');
    } else {
      this.draw();
    }
  }

  private read(params: PartitionParams, signal: AbortSignal): Promise<PartitionResult> {
    return wholeTable(
      (page) => this.panel.host.request('whyalive/partition', { ...params, ...page }, signal),
      signal,
    );
  }

  private setOf({ kind }: PartitionRow): ObjectSet {
    const { by = 'kind', snapshot = '' } = this.table ?? {};
    return { row: { by, kind }, snapshot };
  }

  private namesTypes(): boolean {
    return this.table?.by === 'kind' || this.table?.by === 'type';
  }

  private actionsOf(row: PartitionRow): Node[] {
    const type = this.namesTypes() ? row.type : '';
    return [h('code', {}, row.kind), setActions(this.panel, this.setOf(row), row.kind, type)];
  }

  private draw(): void {
    if (this.table === undefined || this.subject === undefined) {
      return;
    }
    const { by, filter, sort } = this.subject.view;
    const { rows, total, snapshot } = this.table;
    const columns = columnsOf(this.table, by).map((column) =>
      column.id === 'kind' && this.namesTypes()
        ? { ...column, cell: (row: PartitionRow) => kindName(this.panel, row.kind, snapshot) }
        : column,
    );
    const name = ({ kind }: PartitionRow): string => kind;
    const summary = [plural(total.count, 'object'), formatBytes(total.size)];
    this.groups.show({ rows, columns, sort, name, filter, summary });
  }
}

export function createKinds(panel: Panel): Tab {
  return new Kinds(panel);
}

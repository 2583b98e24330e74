/** *Dominators*: what would go with what, as a tree by object or by kind, and as a flame graph. */
import { formatBytes, formatCount, plural } from '../model/format.ts';
import type {
  DominatorRow,
  DominatorsParams,
  DominatorsResult,
  FlameResult,
  ObjectRow,
} from '../wire.ts';
import { h } from './dom.ts';
import { FlameGraph } from './flame-graph.ts';
import { kindName, objectLink, valueText } from './links.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';
import { type Level, TreeRows } from './tree-rows.ts';
import { TreeTable } from './tree-table.ts';
import type { TableColumn } from './virtual-table.ts';

const pageSize = 100;

/** A row with the way down to its children. */
interface Node {
  row: DominatorRow;
  below: DominatorsParams;
}

class Dominators implements Tab {
  readonly title = 'Dominators';
  readonly element: HTMLElement;
  private readonly panel: Panel;
  private readonly status = h('span', { class: 'quiet', role: 'status' });
  private readonly content = h('div', { class: 'fill-height' });
  private readonly tree: TreeTable<Node>;
  private readonly flame: FlameGraph;
  private readonly shape: HTMLSelectElement;
  private readonly treeQuestion: Question<DominatorsResult>;
  private readonly flameQuestion: Question<FlameResult>;
  private readonly told = { tree: '', flame: '' };
  private subject: Subject | undefined;

  constructor(panel: Panel) {
    this.panel = panel;
    this.tree = new TreeTable<Node>('Dominator tree', {
      onFailure: panel.say,
      onOpen: ({ row }) => {
        if (row.object !== undefined) {
          panel.inspect(row.object.id, this.subject?.snapshot ?? '');
        }
      },
    });
    this.flame = new FlameGraph({
      onZoom: (flameUnder) => {
        panel.go({ flameUnder });
      },
      onInspect: (id) => {
        panel.inspect(id, this.subject?.snapshot ?? '');
      },
    });
    this.shape = h(
      'select',
      {
        onchange: () => {
          const [shape, by] = this.shape.value.split(' ');
          panel.change({
            dominators: { shape: shape === 'flame' ? 'flame' : 'tree', by: by ?? 'object' },
          });
        },
      },
      h('option', { value: 'tree object' }, 'Tree of objects'),
      h('option', { value: 'tree kind' }, 'Tree by kind'),
      h('option', { value: 'flame object' }, 'Flame graph'),
    );
    const failed = (message: string): void => {
      this.status.textContent = '';
      this.content.replaceChildren(h('p', { class: 'failure', role: 'alert' }, message));
    };
    this.treeQuestion = new Question<DominatorsResult>((result) => {
      this.drawTree(result);
    }, failed);
    this.flameQuestion = new Question<FlameResult>((result) => {
      this.drawFlame(result);
    }, failed);
    this.element = h(
      'section',
      { class: 'fill-height' },
      h('div', { class: 'toolbar' }, h('label', {}, 'Show as ', this.shape), this.status),
      this.content,
    );
  }

  show(subject: Subject): void {
    this.subject = subject;
    const { snapshot, view } = subject;
    const { shape, by } = view.dominators;
    const { host } = this.panel;
    this.shape.value = shape === 'flame' ? 'flame object' : `tree ${by}`;
    const element = shape === 'flame' ? this.flame.element : this.tree.element;
    if (this.content.firstChild !== element) {
      this.content.replaceChildren(element);
    }
    const under = view.flameUnder;
    const isNew =
      shape === 'flame'
        ? this.flameQuestion.ask(JSON.stringify([snapshot, under]), (signal) =>
            host.request('whyalive/flame', { snapshot, ...(under !== null && { under }) }, signal),
          )
        : this.treeQuestion.ask(JSON.stringify([snapshot, by]), (signal) =>
            host.request('whyalive/dominators', { snapshot, by, limit: pageSize }, signal),
          );
    this.status.textContent = isNew ? 'Computing…' : this.told[shape];
  }

  private drawTree(result: DominatorsResult): void {
    const { snapshot, retained } = result;
    const by = this.subject?.view.dominators.by ?? 'object';
    const top: DominatorsParams = { snapshot, by, limit: pageSize };
    const level = (
      params: DominatorsParams,
      { rows, rowCount }: DominatorsResult,
    ): Level<Node> => ({
      items: rows.map((row) => ({ row, below: below(params, row) })),
      total: rowCount,
    });
    const rows = new TreeRows<Node>(
      {
        isExpandable: ({ row }) => row.children > 0,
        read: async (node, offset) => {
          const params = { ...(node?.below ?? top), offset };
          return level(params, await this.panel.host.request('whyalive/dominators', params));
        },
      },
      level(top, result),
      () => {
        this.tree.refresh();
      },
    );
    this.tree.show(rows, columns(this.panel, snapshot, retained));
    this.tell(
      'tree',
      `${formatBytes(retained)} reachable · ${plural(result.rowCount, 'row')} that nothing but the roots keep`,
    );
  }

  private drawFlame(result: FlameResult): void {
    const [bottom] = result.nodes;
    this.flame.show(result.nodes, this.subject?.view.flameUnder ?? null);
    const told =
      bottom === undefined
        ? 'Nothing to show.'
        : `${formatBytes(bottom.totalSize)} in ${plural(bottom.totalCount, 'object')}, each where its shortest path ends · ${formatCount(result.nodes.length)} of ${formatCount(result.nodeCount)} places`;
    this.tell('flame', told);
  }

  /** Each shape has its own summary, which is there again when one comes back to it. */
  private tell(shape: 'tree' | 'flame', summary: string): void {
    this.told[shape] = summary;
    this.status.textContent = summary;
  }
}

function below(params: DominatorsParams, row: DominatorRow): DominatorsParams {
  const { snapshot, by = 'object', kinds = [], object } = params;
  const common = { ...(snapshot !== undefined && { snapshot }), by, limit: pageSize };
  return row.object === undefined
    ? { ...common, ...(object !== undefined && { object }), kinds: [...kinds, row.kind] }
    : { ...common, object: row.object.id };
}

function columns(panel: Panel, snapshot: string, whole: number): TableColumn<Node>[] {
  const figure = (
    id: string,
    title: string,
    width: number,
    value: (row: DominatorRow) => number,
    format: (value: number) => string,
  ): TableColumn<Node> => ({
    id,
    title,
    numeric: true,
    width,
    value: ({ row }) => value(row),
    text: ({ row }) => format(value(row)),
  });
  return [
    {
      id: 'object',
      title: 'Object',
      numeric: false,
      width: 'rest',
      value: ({ row }) => row.kind,
      text: ({ row }) => (row.object === undefined ? row.kind : nameOf(row.object)),
      cell: ({ row }) =>
        row.object === undefined
          ? kindName(panel, row.kind, snapshot)
          : h(
              'span',
              {},
              objectLink(panel, row.object, snapshot, nameOf(row.object)),
              h('span', { class: 'quiet kind' }, kindName(panel, row.kind, snapshot)),
            ),
    },
    figure('count', 'Count', 11, (row) => row.count, formatCount),
    figure('children', 'Children', 11, (row) => row.children, formatCount),
    figure('size', 'Size', 11, (row) => row.size, formatBytes),
    figure('retained', 'Retained', 11, (row) => row.retained, formatBytes),
    figure(
      'share',
      '%',
      7,
      (row) => row.retained,
      (retained) => (whole === 0 ? '' : ((100 * retained) / whole).toFixed(1)),
    ),
  ];
}

/** How the program reaches it says more here than what it holds; deep ones begin with `…`. */
function nameOf(object: ObjectRow): string {
  const { expression = '' } = object;
  return /^[\w']/.test(expression) && expression.length < 80 ? expression : valueText(object);
}

export function createDominators(panel: Panel): Tab {
  return new Dominators(panel);
}

/** *Why alive*: the ways by which objects are kept, merged, as cards and as one tree. */
import { formatBytes, formatCount, plural } from '../model/format.ts';
import type { ObjectSet, PathsResult, PathTreeNode, RetainingPath } from '../wire.ts';
import { h } from './dom.ts';
import { chain, lineOf, link, objectLink, typeName } from './links.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';
import { TreeRows, wholeTree } from './tree-rows.ts';
import { TreeTable } from './tree-table.ts';
import type { TableColumn } from './virtual-table.ts';

const pathsAsked = 20;
/** Ways whose lines of source are shown without being asked for. */
const linesShown = 5;

class Why implements Tab {
  readonly title = 'Why alive';
  readonly element = h('section', { class: 'why' });
  private readonly panel: Panel;
  private readonly answer = h('div', { class: 'answer' });
  private readonly status = h('span', { class: 'quiet', role: 'status' });
  private readonly input: HTMLInputElement;
  private readonly tree: TreeTable<number>;
  private readonly question: Question<PathsResult>;

  constructor(panel: Panel) {
    this.panel = panel;
    this.tree = new TreeTable<number>('Ways folded where they begin alike', {
      onFailure: panel.say,
    });
    this.input = h('input', {
      type: 'search',
      placeholder: 'Class name',
      'aria-label': 'Class whose instances are asked about',
      onkeydown: ({ key }: KeyboardEvent) => {
        if (key === 'Enter' && this.input.value.trim() !== '') {
          panel.why({ type: this.input.value.trim() });
        }
      },
    });
    this.question = new Question<PathsResult>(
      (result) => {
        this.draw(result);
      },
      (message) => {
        this.status.textContent = '';
        this.answer.replaceChildren(h('p', { class: 'failure', role: 'alert' }, message));
      },
    );
    this.element.append(
      h(
        'div',
        { class: 'toolbar' },
        h('label', {}, 'Why are these alive: ', this.input),
        this.status,
      ),
      this.answer,
    );
  }

  show({ view, snapshot }: Subject): void {
    const set = view.why;
    if (set === null) {
      this.answer.replaceChildren(
        h('p', { class: 'quiet' }, 'Name a class, or choose “Why alive?” in another tab.'),
      );
      return;
    }
    const params = { snapshot, ...set, count: pathsAsked };
    this.input.value = set.type ?? '';
    this.input.placeholder = setName(set);
    if (
      this.question.ask(JSON.stringify(params), (signal) =>
        this.panel.host.request('whyalive/paths', params, signal),
      )
    ) {
      this.status.textContent = 'Looking for ways…';
    }
  }

  private draw(result: PathsResult): void {
    const { objects, unreachable, pathCount, paths, tree, more, snapshot } = result;
    this.status.textContent = [
      plural(objects, 'object'),
      ...(unreachable > 0
        ? [`${formatCount(unreachable)} ${unreachable === 1 ? 'waits' : 'wait'} for the collector`]
        : []),
      more ? `at least ${plural(pathCount, 'way')}` : plural(pathCount, 'way'),
    ].join(' · ');
    if (paths.length === 0) {
      const reason =
        objects === unreachable && objects > 0
          ? 'Nothing keeps them: they are garbage that waits for the collector.'
          : 'There are no such objects in this snapshot.';
      this.answer.replaceChildren(h('p', {}, reason));
      return;
    }
    const cards = paths.map((path, index) => this.card(path, index, snapshot));
    this.answer.replaceChildren(...(tree.length > 0 ? [this.treeCard(result)] : []), ...cards);
  }

  private treeCard({ tree, paths, snapshot }: PathsResult): HTMLElement {
    const source = wholeTree(tree);
    const rows = new TreeRows<number>(source, source.roots, () => {
      this.tree.refresh();
    });
    const node = (index: number): PathTreeNode => tree[index] ?? missing;
    this.tree.show(rows, treeColumns(this.panel, node, snapshot));
    // The first way, the shortest one, is unfolded as far as it does not part.
    void unfoldTrunk(rows);
    this.tree.element.style.height = `${Math.min(Math.max(tree.length, 4), 12) * 24 + 30}px`;
    return h(
      'details',
      paths.length > 1 ? { open: 'open' } : {},
      h('summary', {}, 'All ways as one tree'),
      this.tree.element,
    );
  }

  private card(path: RetainingPath, index: number, snapshot: string): HTMLElement {
    const { expression, count, ways, retained, example, steps } = path;
    const lines = h('dd', {});
    const showLines = (): void => {
      this.readLines(example.id, snapshot, lines);
    };
    if (index < linesShown) {
      showLines();
    } else {
      lines.append(link('show lines', showLines));
    }
    const figures = [
      plural(count, 'object'),
      `${formatBytes(retained)} retained`,
      ...(ways > 1 ? [`${formatCount(ways)} equal ways`] : []),
    ].join(' · ');
    return h(
      'article',
      { class: 'card', 'aria-label': expression },
      h(
        'h2',
        {},
        h('span', { class: 'rank' }, `${index + 1}`),
        h('code', {}, expression),
        h('span', { class: 'quiet figures' }, figures),
      ),
      h(
        'dl',
        {},
        h('dt', {}, 'the way'),
        h('dd', {}, chain(this.panel, steps, expression, snapshot)),
        h('dt', {}, 'one of them'),
        h(
          'dd',
          {},
          objectLink(this.panel, example, snapshot),
          ' ',
          typeName(this.panel, example.type, snapshot),
        ),
        h('dt', {}, 'lines'),
        lines,
      ),
    );
  }

  private readLines(id: number, snapshot: string, into: HTMLElement): void {
    into.replaceChildren(h('span', { class: 'quiet' }, '…'));
    this.panel.host.request('whyalive/object', { id, snapshot, limit: 1 }).then(
      ({ locations }) => {
        into.replaceChildren(
          ...(locations.length > 0
            ? locations.map((it) => lineOf(this.panel, it))
            : [h('span', { class: 'quiet' }, 'no line of source is known')]),
        );
      },
      (error: unknown) => {
        into.textContent = error instanceof Error ? error.message : String(error);
      },
    );
  }
}

const missing: PathTreeNode = { label: '', kind: '', type: '', count: 0, retained: 0, paths: [] };

async function unfoldTrunk(rows: TreeRows<number>): Promise<void> {
  for (let row = rows.at(0); row?.expandable === true; row = row.children[0]) {
    await rows.expand(row);
    if (row.children.length !== 1) {
      return;
    }
  }
}

function treeColumns(
  panel: Panel,
  node: (index: number) => PathTreeNode,
  snapshot: string,
): TableColumn<number>[] {
  const figure = (
    id: 'count' | 'retained',
    title: string,
    format: (value: number) => string,
  ): TableColumn<number> => ({
    id,
    title,
    numeric: true,
    width: 12,
    value: (index) => node(index)[id],
    text: (index) => format(node(index)[id]),
  });
  return [
    {
      id: 'label',
      title: 'Way',
      numeric: false,
      width: 'rest',
      value: (index) => node(index).label,
      text: (index) => node(index).label,
      cell: (index) => {
        const { id, label } = node(index);
        return id === undefined
          ? label
          : link(label, () => {
              panel.inspect(id, snapshot);
            });
      },
    },
    {
      id: 'type',
      title: 'Type',
      numeric: false,
      width: 30,
      value: (index) => node(index).type,
      text: (index) => node(index).type,
      cell: (index) => typeName(panel, node(index).type, snapshot),
    },
    figure('count', 'Objects', formatCount),
    figure('retained', 'Retained', formatBytes),
  ];
}

function setName({ objects, type, row, where }: ObjectSet): string {
  if (objects !== undefined) {
    return objects.length === 1 ? `object ${objects[0] ?? ''}` : plural(objects.length, 'object');
  }
  return type ?? row?.kind ?? where ?? 'Class name';
}

export function createWhy(panel: Panel): Tab {
  return new Why(panel);
}

/** *Overview*: how large the heap is, what it is made of, and what to look at next. */
import { formatBytes, formatCount, formatGrowth, plural } from '../model/format.ts';
import { suspectFigures } from '../model/suspect-tree.ts';
import type { PartitionResult, PartitionRow, Suspect } from '../wire.ts';
import { bars } from './bars.ts';
import { h } from './dom.ts';
import { signedBytes } from './kind-columns.ts';
import { kindName, link } from './links.ts';
import { MemoryCard } from './memory-card.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';

const shown = 8;

interface Findings {
  subject: Subject;
  kinds: PartitionResult;
  modules: PartitionResult;
  suspects: Suspect[];
}

export function createOverview(panel: Panel): Tab {
  const findings = h('div');
  const memory = new MemoryCard(panel);
  const element = h('section', { class: 'overview' }, findings, memory.element);
  const question = new Question<Findings>(
    (found) => {
      findings.replaceChildren(...draw(panel, found));
    },
    (message) => {
      findings.replaceChildren(h('p', { class: 'failure', role: 'alert' }, message));
    },
  );
  return {
    title: 'Overview',
    element,
    show: (subject) => {
      const { snapshot, since, session } = subject;
      const key = JSON.stringify([snapshot, since, session.snapshots.length]);
      question.ask(key, (signal) => read(panel, subject, signal));
      memory.show(subject);
    },
  };
}

async function read({ host }: Panel, subject: Subject, signal: AbortSignal): Promise<Findings> {
  const { snapshot, since } = subject;
  const params = { snapshot, limit: 200, ...(since !== null && { since }) };
  const [kinds, modules, { suspects }] = await Promise.all([
    host.request('whyalive/partition', { ...params, by: 'kind' }, signal),
    host.request('whyalive/partition', { ...params, by: 'module' }, signal),
    host.request('whyalive/suspects', { snapshot }, signal),
  ]);
  return { subject, kinds, modules, suspects };
}

function draw(panel: Panel, { subject, kinds, modules, suspects }: Findings): HTMLElement[] {
  return [
    tiles(subject, kinds, suspects),
    suspectCard(panel, subject.session.snapshots.length, suspects),
    h(
      'div',
      { class: 'columns' },
      barCard(panel, 'What it is made of', kinds, kinds.rows, ({ size }) => size),
      barCard(
        panel,
        'What classes of a module retain',
        modules,
        owners(modules),
        ({ retained }) => retained,
      ),
    ),
  ];
}

function tiles(
  { session, since }: Subject,
  { total }: PartitionResult,
  suspects: readonly Suspect[],
): HTMLElement {
  const { count, size, growth } = total;
  const { target } = session;
  const first = suspects[0];
  return h(
    'div',
    { class: 'tiles' },
    tile(
      'Objects',
      formatCount(count),
      growth && `${formatGrowth(growth.count)} since ${since ?? ''}`,
    ),
    tile(
      'Their bytes',
      formatBytes(size),
      growth && `${signedBytes(growth.size)} since ${since ?? ''}`,
    ),
    target !== null &&
      tile('Resident memory', formatBytes(target.rss), target.alive ? 'now' : 'at the end'),
    tile('Suspects', formatCount(suspects.length), first && `first: ${suspectFigures(first)}`),
  );
}

function tile(title: string, figure: string, detail = ''): HTMLElement {
  return h(
    'div',
    { class: 'tile' },
    h('div', { class: 'quiet' }, title),
    h('div', { class: 'figure' }, figure),
    h('div', { class: 'quiet' }, detail),
  );
}

/** Builtins retain nearly everything and say nothing; the others by what they retain. */
function owners({ rows }: PartitionResult): PartitionRow[] {
  return rows.filter(({ kind }) => kind !== 'builtins').sort((a, b) => b.retained - a.retained);
}

function barCard(
  panel: Panel,
  title: string,
  { by, total, snapshot }: PartitionResult,
  rows: readonly PartitionRow[],
  value: (row: PartitionRow) => number,
): HTMLElement {
  const nameOf = ({ kind }: PartitionRow): Node =>
    by === 'kind'
      ? kindName(panel, kind, snapshot)
      : link(kind, () => {
          panel.list({ row: { by, kind }, snapshot }, kind);
        });
  const list = rows.slice(0, shown).map((row) => ({
    label: nameOf(row),
    value: value(row),
    text: formatBytes(value(row)),
    hint: `${row.kind}: ${plural(row.count, 'object')}`,
  }));
  const column = by === 'kind' ? 'size' : 'retained';
  const showAll = (): void => {
    panel.go({ tab: 'kinds', by, filter: '', sort: { column, descending: true } });
  };
  return h(
    'div',
    { class: 'card' },
    h('h2', {}, title),
    bars(list, total.size),
    h('button', { class: 'link', onclick: showAll }, 'all, as a table'),
  );
}

function suspectCard(panel: Panel, snapshots: number, suspects: readonly Suspect[]): HTMLElement {
  const first = suspects[0];
  if (first === undefined) {
    const advice =
      snapshots < 2
        ? 'Nothing suspicious yet. Let the program work, then take another snapshot: what grew in between shows.'
        : 'Nothing looks suspicious.';
    return h('div', { class: 'card' }, h('h2', {}, 'Suspects'), h('p', {}, advice));
  }
  const jump = (): void => {
    panel.host.run('whyalive.jumpToLeakingCode');
  };
  const showAll = (): void => {
    panel.go({ tab: 'suspects' });
  };
  const others = suspects.length - 1;
  return h(
    'div',
    { class: 'card' },
    h('h2', {}, 'First suspect'),
    h('p', {}, h('strong', {}, first.title), ` · ${suspectFigures(first)}`),
    h('button', { onclick: jump }, 'Jump to leaking code'),
    h(
      'button',
      { class: 'secondary', onclick: showAll },
      others === 0 ? 'Show why' : `Show it and ${plural(others, 'other')}`,
    ),
  );
}

/** *Suspects*: each with what it keeps, the lines that keep it, and the chain from a root. */
import { formatBytes, formatCount, plural } from '../model/format.ts';
import { baseName, roleText, suspectFigures } from '../model/suspect-tree.ts';
import type { Holder, SourceLocation, Suspect } from '../wire.ts';
import { h } from './dom.ts';
import { Question } from './question.ts';
import type { Panel, Tab } from './tab.ts';

const typesShown = 3;

export function createSuspects(panel: Panel): Tab {
  const element = h('section', { class: 'suspects' });
  const question = new Question<Suspect[]>(
    (suspects) => {
      element.replaceChildren(...draw(panel, suspects));
    },
    (message) => {
      element.replaceChildren(h('p', { class: 'failure', role: 'alert' }, message));
    },
  );
  return {
    title: 'Suspects',
    element,
    show: ({ snapshot, session }) => {
      question.ask(JSON.stringify([snapshot, session.snapshots.length]), async () => {
        const { suspects } = await panel.host.request('whyalive/suspects', { snapshot });
        return suspects;
      });
    },
  };
}

function draw(panel: Panel, suspects: readonly Suspect[]): HTMLElement[] {
  return suspects.length === 0
    ? [h('p', {}, 'Nothing looks suspicious in this snapshot.')]
    : suspects.map((suspect) => card(panel, suspect));
}

function card(panel: Panel, suspect: Suspect): HTMLElement {
  const { rank, kind, title, types, note, holder, jointHolders = [], locations } = suspect;
  return h(
    'article',
    { class: 'card suspect', 'aria-label': title },
    h(
      'h2',
      {},
      h('span', { class: 'rank' }, `${rank}`),
      title,
      h('span', { class: 'badge', 'data-kind': kind }, kind),
      h('span', { class: 'quiet figures' }, suspectFigures(suspect)),
    ),
    note !== '' && h('p', {}, note),
    h(
      'dl',
      {},
      h('dt', {}, 'keeps'),
      h('dd', {}, ...types.slice(0, typesShown).map(typeLine), moreTypes(types.slice(typesShown))),
      locations.length > 0 && h('dt', {}, 'lines'),
      locations.length > 0 && h('dd', {}, ...locations.map((it) => lineOf(panel, it))),
      h('dt', {}, 'kept by'),
      h('dd', {}, chain(holder)),
      ...jointHolders.flatMap((joint) => [
        h('dt', {}, 'and as much by'),
        h('dd', {}, chain(joint)),
      ]),
    ),
  );
}

function moreTypes(types: Suspect['types']): HTMLElement | undefined {
  return types.length === 0
    ? undefined
    : h(
        'details',
        {},
        h('summary', { class: 'quiet' }, `and ${plural(types.length, 'other type')}`),
        ...types.map(typeLine),
      );
}

function typeLine({ type, count, bytes }: Suspect['types'][number]): HTMLElement {
  return h('div', {}, `${formatCount(count)} `, h('code', {}, type), ` · ${formatBytes(bytes)}`);
}

function lineOf(panel: Panel, location: SourceLocation): HTMLElement {
  const { file, line, text, role } = location;
  const open = (): void => {
    panel.host.open(location);
  };
  return h(
    'div',
    { class: 'source-line' },
    h('button', { class: 'link', title: file, onclick: open }, `${baseName(file)}:${line}`),
    h('code', {}, text.trim()),
    h('span', { class: 'quiet' }, roleText(role)),
  );
}

function chain({ steps, expression }: Holder): HTMLElement {
  return h(
    'ol',
    { class: 'chain', 'aria-label': expression },
    ...steps.map(({ kind, name, type }) =>
      h(
        'li',
        { title: type === undefined ? kind : `${kind} · ${type}` },
        h('span', { class: 'quiet' }, kind),
        h('code', {}, name === '' ? (type ?? '') : name),
      ),
    ),
  );
}

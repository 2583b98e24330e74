/** *Suspects*: each with what it keeps, the lines that keep it, and the chain from a root. */
import { formatBytes, formatCount, plural } from '../model/format.ts';
import { suspectFigures } from '../model/suspect-tree.ts';
import type { Suspect, SuspectsResult, SuspectType } from '../wire.ts';
import { h } from './dom.ts';
import { chain, lineOf, typeName } from './links.ts';
import { Question } from './question.ts';
import type { Panel, Tab } from './tab.ts';

const typesShown = 3;

export function createSuspects(panel: Panel): Tab {
  const element = h('section', { class: 'suspects' });
  const question = new Question<SuspectsResult>(
    ({ suspects, snapshot }) => {
      element.replaceChildren(...draw(panel, suspects, snapshot));
    },
    (message) => {
      element.replaceChildren(h('p', { class: 'failure', role: 'alert' }, message));
    },
  );
  return {
    title: 'Suspects',
    element,
    show: ({ snapshot, session }) => {
      question.ask(JSON.stringify([snapshot, session.snapshots.length]), (signal) =>
        panel.host.request('whyalive/suspects', { snapshot }, signal),
      );
    },
  };
}

function draw(panel: Panel, suspects: readonly Suspect[], snapshot: string): HTMLElement[] {
  return suspects.length === 0
    ? [h('p', {}, 'Nothing looks suspicious in this snapshot.')]
    : suspects.map((suspect) => card(panel, suspect, snapshot));
}

function card(panel: Panel, suspect: Suspect, snapshot: string): HTMLElement {
  const typeLine = (it: SuspectType): HTMLElement => lineOfType(panel, it, snapshot);
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
      h(
        'dd',
        {},
        ...types.slice(0, typesShown).map(typeLine),
        moreTypes(types.slice(typesShown), typeLine),
      ),
      locations.length > 0 && h('dt', {}, 'lines'),
      locations.length > 0 && h('dd', {}, ...locations.map((it) => lineOf(panel, it))),
      h('dt', {}, 'kept by'),
      h('dd', {}, chain(panel, holder.steps, holder.expression, snapshot)),
      ...jointHolders.flatMap((joint) => [
        h('dt', {}, 'and as much by'),
        h('dd', {}, chain(panel, joint.steps, joint.expression, snapshot)),
      ]),
    ),
    actions(panel, suspect, snapshot),
  );
}

function actions(panel: Panel, { holder, types }: Suspect, snapshot: string): HTMLElement {
  const { id } = holder;
  const type = types[0]?.type;
  const button = (text: string, onclick: () => void): HTMLElement =>
    h('button', { class: 'secondary', onclick }, text);
  return h(
    'p',
    { class: 'actions' },
    id !== undefined &&
      button('Inspect the holder', () => {
        panel.inspect(id, snapshot);
      }),
    id !== undefined &&
      button('Picture of what it keeps', () => {
        panel.picture({ objects: [id], direction: 'refs', depth: 3, snapshot });
      }),
    type !== undefined &&
      button(`Why are ${shortName(type)} alive?`, () => {
        panel.why({ type, snapshot });
      }),
  );
}

function shortName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

function moreTypes(
  types: readonly SuspectType[],
  typeLine: (type: SuspectType) => HTMLElement,
): HTMLElement | undefined {
  return types.length === 0
    ? undefined
    : h(
        'details',
        {},
        h('summary', { class: 'quiet' }, `and ${plural(types.length, 'other type')}`),
        ...types.map(typeLine),
      );
}

function lineOfType(
  panel: Panel,
  { type, count, bytes }: SuspectType,
  snapshot: string,
): HTMLElement {
  return h(
    'div',
    {},
    `${formatCount(count)} `,
    typeName(panel, type, snapshot),
    ` · ${formatBytes(bytes)}`,
  );
}

/** The upper part of an object's page: what it is, who holds it, where, and what to ask of its copy. */
import { formatBytes, formatCount } from '../model/format.ts';
import type { EvaluateResult, ObjectResult } from '../wire.ts';
import { h } from './dom.ts';
import { chain, lineOf, link, typeName, valueText } from './links.ts';
import type { Subject } from './subject.ts';
import type { Panel } from './tab.ts';

export function objectHead(
  panel: Panel,
  found: ObjectResult,
  subject: Subject | undefined,
): HTMLElement {
  const { object, snapshot, holder, locations } = found;
  const { id } = object;
  const asked = hasCopy(subject, snapshot);
  const action = (text: string, onclick: () => void): HTMLElement =>
    h('button', { class: 'secondary', onclick }, text);
  return h(
    'div',
    { class: 'card' },
    h(
      'h2',
      { class: 'object-title' },
      h('code', {}, valueText(object)),
      typeName(panel, object.type, snapshot),
      h(
        'span',
        { class: 'actions' },
        action('Why alive?', () => {
          panel.why({ objects: [id], snapshot });
        }),
        action('Picture', () => {
          panel.picture({ objects: [id], snapshot });
        }),
        action('All instances', () => {
          panel.list({ type: object.type, snapshot }, object.type);
        }),
        asked &&
          action('Console', () => {
            panel.host.openConsole(id, snapshot);
          }),
      ),
    ),
    subject !== undefined && subject.snapshot !== snapshot && otherSnapshot(snapshot),
    h(
      'dl',
      {},
      ...facts(panel, found),
      ...(locations.length > 0
        ? [h('dt', {}, 'lines'), h('dd', {}, ...locations.map((it) => lineOf(panel, it)))]
        : []),
      ...(holder === undefined
        ? []
        : [
            h('dt', {}, 'kept by'),
            h('dd', {}, chain(panel, holder.steps, holder.expression, snapshot)),
          ]),
    ),
    asked && evaluation(panel, id, snapshot),
  );
}

function otherSnapshot(snapshot: string): HTMLElement {
  return h('p', { class: 'quiet' }, `As it was in snapshot ${snapshot}.`);
}

function facts(panel: Panel, found: ObjectResult): HTMLElement[] {
  const { object, nativeSize, refcount, nativeReferences = 0, snapshot, dominator } = found;
  const pair = (name: string, ...value: (Node | string | false)[]): HTMLElement[] => [
    h('dt', {}, name),
    h('dd', {}, ...value),
  ];
  const size = [
    formatBytes(object.size),
    ...(nativeSize > 0 ? [`${formatBytes(nativeSize)} of it outside Python's memory`] : []),
    `${formatBytes(object.retained)} retained`,
    ...(object.entries === undefined ? [] : [`${formatCount(object.entries)} entries`]),
  ].join(' · ');
  const references = [
    refcount === 0 ? 'immortal' : `reference count ${formatCount(refcount)}`,
    ...(nativeReferences > 0
      ? [`${formatCount(nativeReferences)} from outside: C code, a stack`]
      : []),
    ...(found.reachable ? [] : ['garbage that waits for the collector']),
    ...(found.root === undefined ? [] : [`root: ${found.root}`]),
  ].join(' · ');
  return [
    ...pair('size', size),
    ...pair('references', references),
    ...(object.expression === undefined
      ? []
      : pair('reached as', h('code', {}, object.expression))),
    ...(found.text === undefined
      ? []
      : pair(
          'text',
          h('code', { class: 'text' }, `${found.text.text}${found.text.cut ? ' …' : ''}`),
        )),
    ...(found.live === undefined
      ? []
      : pair('value', h('code', { class: 'text' }, found.live.value))),
    ...pair('object', `number ${object.id} of ${snapshot}, address ${object.address}`),
    ...(dominator === undefined
      ? []
      : pair(
          'kept alone by',
          link(`object ${dominator}`, () => {
            panel.inspect(dominator, snapshot);
          }),
        )),
  ];
}

function hasCopy(subject: Subject | undefined, snapshot: string): boolean {
  return subject?.session.snapshots.some((it) => it.snapshot === snapshot && it.copy) === true;
}

/** Python asked of the frozen copy; `_` is the object. */
function evaluation(panel: Panel, object: number, snapshot: string): HTMLElement {
  const output = h('pre', { class: 'output', role: 'status' });
  const ask = (expression: string): void => {
    output.textContent = '…';
    panel.host.request('whyalive/evaluate', { snapshot, object, expression }).then(
      (result) => {
        output.textContent = answerText(result);
      },
      (error: unknown) => {
        output.textContent = error instanceof Error ? error.message : String(error);
      },
    );
  };
  const input = h('input', {
    type: 'text',
    class: 'expression',
    placeholder: 'Python, in the frozen copy of the process: _ is this object',
    'aria-label': 'Expression to evaluate in the frozen copy; _ is this object',
    onkeydown: ({ key }: KeyboardEvent) => {
      if (key === 'Enter' && input.value.trim() !== '') {
        ask(input.value);
      }
    },
  });
  return h('div', { class: 'evaluation' }, input, output);
}

export function answerText({ value, output, error }: EvaluateResult): string {
  const parts = [
    output.trimEnd(),
    error === null ? '' : (error.traceback ?? error.message).trimEnd(),
    value === null ? '' : value.repr.text + (value.repr.cut ? ' …' : ''),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** The upper part of an object's page: what it is, who holds it, where, and what to ask of its copy. */
import { formatBytes, formatCount } from '../model/format.ts';
import type { EvaluateResult, FrozenCopy, ObjectResult, ObjectRow } from '../wire.ts';
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
  const copy = copyOf(subject, snapshot);
  const asked = copy !== undefined;
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
      ...(asked && saysLittle(object)
        ? [h('dt', {}, 'value'), liveValue(panel, id, snapshot)]
        : []),
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
    asked && copy.warning !== '' && h('p', { class: 'caution' }, copy.warning),
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

function copyOf(subject: Subject | undefined, snapshot: string): FrozenCopy | undefined {
  return subject?.session.snapshots.find((it) => it.snapshot === snapshot)?.copy;
}

/** What the snapshot has of an instance is its class. */
function saysLittle({ value = '<' }: ObjectRow): boolean {
  return value.startsWith('<');
}

/** What `str()` or `repr()` makes of it in the frozen copy; it may take a moment, so it is asked for apart. */
function liveValue(panel: Panel, object: number, snapshot: string): HTMLElement {
  const code = h('code', { class: 'text live-value' }, '…');
  panel.host.request('whyalive/evaluate', { snapshot, object, limit: 1 }).then(
    ({ value, error }) => {
      const text = value?.text ?? value?.repr;
      code.textContent =
        text === undefined ? (error?.message ?? 'nothing') : `${text.text}${text.cut ? ' …' : ''}`;
    },
    (error: unknown) => {
      code.textContent = error instanceof Error ? error.message : String(error);
    },
  );
  return h('dd', {}, code);
}

/** Of all objects, the latest last: the arrow keys bring them back. */
const earlier: string[] = [];

/** Python asked of the frozen copy; `_` is the object. */
function evaluation(panel: Panel, object: number, snapshot: string): HTMLElement {
  const output = h('pre', { class: 'output', role: 'status' });
  let back = 0;
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
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === 'Enter' && input.value.trim() !== '') {
        earlier.push(input.value);
        back = 0;
        ask(input.value);
      } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        event.preventDefault();
        back = Math.min(Math.max(back + (event.key === 'ArrowUp' ? 1 : -1), 0), earlier.length);
        input.value = back === 0 ? '' : (earlier.at(-back) ?? '');
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

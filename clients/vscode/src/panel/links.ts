/** Names that lead somewhere: objects to their page, classes and lines to their source. */
import { formatBytes, formatCount } from '../model/format.ts';
import { baseName, roleText } from '../model/suspect-tree.ts';
import type { HolderStep, ObjectRow, ObjectSet, SourceLocation } from '../wire.ts';
import { h } from './dom.ts';
import type { Panel } from './tab.ts';

export function link(text: string, onclick: () => void, title = ''): HTMLElement {
  return h('button', { class: 'link', title, onclick }, text);
}

/** Its value, or `<Iq>` for what has none that says anything. */
export function valueText({ value, type }: ObjectRow): string {
  return value ?? `<${type.slice(type.lastIndexOf('.') + 1)}>`;
}

export function objectLink(
  panel: Panel,
  row: ObjectRow,
  snapshot: string,
  text = valueText(row),
): HTMLElement {
  const open = (): void => {
    panel.inspect(row.id, snapshot);
  };
  return link(text, open, `${row.expression ?? row.type}\n${formatBytes(row.retained)} retained`);
}

/** What leads to the source of a class, where there is one; before that is known, and else, what `instead` is. */
function whereSourced(
  panel: Panel,
  type: string,
  snapshot: string,
  make: (open: () => void) => HTMLElement,
  instead: ChildNode,
): Node {
  const leading = (): HTMLElement =>
    make(() => {
      panel.goToClass(type, snapshot);
    });
  const known = panel.classes.hasSource(type, snapshot, (hasSource) => {
    if (hasSource) {
      instead.replaceWith(leading());
    }
  });
  return known === true ? leading() : instead;
}

export function typeName(panel: Panel, type: string, snapshot: string, text = type): Node {
  const make = (open: () => void): HTMLElement => link(text, open, `Go to class ${type}`);
  return whereSourced(panel, type, snapshot, make, h('span', {}, text));
}

export function goToClassButton(panel: Panel, type: string, snapshot: string): Node {
  const make = (onclick: () => void): HTMLElement =>
    h('button', { class: 'secondary', onclick }, 'Go to class');
  return whereSourced(panel, type, snapshot, make, document.createComment('no source'));
}

/** "dict of xmpp.Node" leads to the class Node, as "xmpp.Node" does. */
export function kindName(panel: Panel, kind: string, snapshot: string): Node {
  return typeName(panel, kind.slice(kind.lastIndexOf(' ') + 1), snapshot, kind);
}

export function lineOf(panel: Panel, location: SourceLocation): HTMLElement {
  const { file, line, text, role } = location;
  const open = (): void => {
    panel.host.open(location);
  };
  return h(
    'div',
    { class: 'source-line' },
    link(`${baseName(file)}:${line}`, open, file),
    h('code', {}, text.trim()),
    h('span', { class: 'quiet' }, roleText(role)),
  );
}

/** A way from a root; steps that are objects can be inspected. */
export function chain(
  panel: Panel,
  steps: readonly HolderStep[],
  expression: string,
  snapshot: string,
): HTMLElement {
  const name = ({ name: word, type, id }: HolderStep): HTMLElement => {
    const text = word === '' ? (type ?? '') : word;
    return id === undefined
      ? h('code', {}, text)
      : link(text, () => {
          panel.inspect(id, snapshot);
        });
  };
  return h(
    'ol',
    { class: 'chain', 'aria-label': expression },
    ...steps.map((step) =>
      h(
        'li',
        { title: step.type === undefined ? step.kind : `${step.kind} · ${step.type}` },
        h('span', { class: 'quiet' }, step.kind),
        name(step),
      ),
    ),
  );
}

/** What can be asked of a set of objects next. */
export function setActions(
  panel: Panel,
  set: ObjectSet,
  title: string,
  type: string,
  { listed = false } = {},
): HTMLElement {
  const { snapshot = '' } = set;
  const button = (text: string, onclick: () => void): HTMLElement =>
    h('button', { class: 'secondary', onclick }, text);
  return h(
    'span',
    { class: 'actions' },
    !listed &&
      button('Show instances', () => {
        panel.list(set, title);
      }),
    button('Why alive?', () => {
      panel.why(set);
    }),
    type !== '' &&
      button('Picture', () => {
        panel.picture({ type, count: 3, snapshot });
      }),
    goToClassButton(panel, type, snapshot),
  );
}

export function countAndBytes(count: number, noun: string, bytes: number): string {
  return `${formatCount(count)} ${count === 1 ? noun : `${noun}s`} · ${formatBytes(bytes)}`;
}

/** A list of labelled bars: shares of a whole. */
import { h } from './dom.ts';

export interface Bar {
  /** A name, or a link to what it names. */
  label: Node;
  value: number;
  text: string;
  hint: string;
}

export function bars(list: readonly Bar[], whole: number): HTMLElement {
  const largest = Math.max(...list.map(({ value }) => value), 1);
  return h('ul', { class: 'bars' }, ...list.map((bar) => barElement(bar, largest, whole)));
}

function barElement(
  { label, value, text, hint }: Bar,
  largest: number,
  whole: number,
): HTMLElement {
  const fill = h('div', { class: 'fill' });
  fill.style.width = `${(100 * value) / largest}%`;
  const share = whole > 0 ? `${((100 * value) / whole).toFixed(1)}%` : '';
  return h(
    'li',
    { title: hint },
    h('div', { class: 'label' }, label),
    h('div', { class: 'track' }, fill),
    h('div', { class: 'value' }, text),
    h('div', { class: 'value quiet' }, share),
  );
}

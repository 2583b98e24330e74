/** A flame graph of boxes: a click makes a box the bottom, arrow keys move, Enter zooms, i inspects. */
import { formatBytes, plural } from '../model/format.ts';
import type { FlameNode } from '../wire.ts';
import { h } from './dom.ts';
import { type Box, boxAfterKey, flameBoxes } from './flame-model.ts';

const rowHeight = 20;
const narrowest = 1 / 600;
/** Of narrower boxes the first letter would stand there alone. */
const narrowestLabelled = 1 / 45;
const hues = ['blue', 'green', 'cyan', 'purple', 'yellow'] as const;

export interface FlameEvents {
  /** The node's signature; null: the bottom of all. */
  onZoom: (under: string | null) => void;
  onInspect: (id: number) => void;
}

export class FlameGraph {
  readonly element: HTMLElement;
  private readonly canvas = h('div', { class: 'flame', role: 'tree', 'aria-label': 'Flame graph' });
  private readonly detail = h('div', { class: 'flame-detail', role: 'status' });
  private readonly back: HTMLButtonElement;
  private readonly events: FlameEvents;
  private nodes: readonly FlameNode[] = [];
  private boxes: Box[] = [];
  private elements = new Map<Box, HTMLElement>();

  constructor(events: FlameEvents) {
    this.events = events;
    this.back = h(
      'button',
      {
        class: 'secondary',
        onclick: () => {
          events.onZoom(null);
        },
      },
      'Whole heap',
    );
    this.element = h(
      'div',
      { class: 'flame-view' },
      h('div', { class: 'toolbar' }, this.back, this.detail),
      this.canvas,
    );
  }

  show(nodes: readonly FlameNode[], under: string | null): void {
    this.nodes = nodes;
    this.boxes = flameBoxes(nodes, narrowest);
    this.back.hidden = under === null;
    const depth = Math.max(0, ...this.boxes.map((box) => box.depth));
    this.canvas.style.height = `${(depth + 1) * rowHeight}px`;
    this.elements = new Map(this.boxes.map((box) => [box, this.boxElement(box)]));
    this.canvas.replaceChildren(...this.elements.values());
    this.describe(this.boxes[0]);
  }

  private boxElement(box: Box): HTMLElement {
    const node = this.nodes[box.index];
    if (node === undefined) {
      return h('div');
    }
    const { label, type } = node;
    const hue = box.depth === 0 ? 'bottom' : (hues[hashOf(type) % hues.length] ?? 'blue');
    const element = h(
      'div',
      {
        class: 'flame-box',
        'data-hue': hue,
        role: 'treeitem',
        'aria-level': box.depth + 1,
        'aria-label': `${label}, ${figuresOf(node)}`,
        tabindex: box.depth === 0 ? 0 : -1,
        title: `${label}\n${type}\n${figuresOf(node)}`,
        onclick: () => {
          this.zoom(node);
        },
        onfocus: () => {
          this.describe(box);
        },
        onmouseenter: () => {
          this.describe(box);
        },
        onkeydown: (event: KeyboardEvent) => {
          this.onKey(event, box, node);
        },
      },
      box.width < narrowestLabelled ? '' : label,
    );
    element.style.left = `${100 * box.left}%`;
    element.style.width = `${100 * box.width}%`;
    element.style.bottom = `${box.depth * rowHeight}px`;
    return element;
  }

  private describe(box: Box | undefined): void {
    const node = box === undefined ? undefined : this.nodes[box.index];
    this.detail.textContent =
      node === undefined
        ? ''
        : [node.label, node.type, figuresOf(node)].filter(Boolean).join(' · ');
  }

  private zoom({ signature }: FlameNode): void {
    this.events.onZoom(signature === '' ? null : signature);
  }

  private onKey(event: KeyboardEvent, box: Box, node: FlameNode): void {
    const next = boxAfterKey(event.key, this.boxes, box);
    if (next !== undefined) {
      this.elements.get(next)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.zoom(node);
    } else if (event.key === 'i' && node.id !== undefined) {
      this.events.onInspect(node.id);
    } else {
      return;
    }
    event.preventDefault();
  }
}

function figuresOf({ totalCount, totalSize, size, hidden }: FlameNode): string {
  return [
    plural(totalCount, 'object'),
    formatBytes(totalSize),
    `${formatBytes(size)} here`,
    ...(hidden > 0 ? [`${plural(hidden, 'smaller part')} left out`] : []),
  ].join(' · ');
}

function hashOf(text: string): number {
  let hash = 7;
  for (const character of text) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  }
  return hash;
}

/** Shows an SVG of the server's: pan by dragging, zoom by wheel and keys, nodes to be chosen. */
import type { GraphNode } from '../wire.ts';
import { h } from './dom.ts';
import { safeSvg } from './safe-svg.ts';
import { fitted, moved, type Size, type Viewport, zoomed } from './viewport.ts';

export interface PictureEvents {
  onSelect: (node: GraphNode) => void;
  onOpen: (node: GraphNode) => void;
}

const step = 60;

export class PictureView {
  readonly element: HTMLElement;
  private readonly events: PictureEvents;
  private picture: SVGSVGElement | undefined;
  private size: Size = { width: 1, height: 1 };
  private viewport: Viewport = { x: 0, y: 0, scale: 1 };
  private dragged: { x: number; y: number } | undefined;

  constructor(events: PictureEvents) {
    this.events = events;
    this.element = h('div', {
      class: 'picture',
      tabindex: 0,
      role: 'application',
      'aria-label':
        'Picture: arrow keys move it, plus and minus zoom, 0 shows all, Tab goes to the nodes',
      onkeydown: (event: KeyboardEvent) => {
        this.onKey(event);
      },
      onpointerdown: ({ clientX, clientY }: PointerEvent) => {
        this.dragged = { x: clientX, y: clientY };
      },
      onpointermove: (event: PointerEvent) => {
        this.onMove(event);
      },
      onpointerup: () => {
        this.dragged = undefined;
      },
      onpointerleave: () => {
        this.dragged = undefined;
      },
    });
    this.element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const box = this.element.getBoundingClientRect();
        const factor = Math.exp(-event.deltaY / 400);
        this.look(zoomed(this.viewport, factor, event.clientX - box.left, event.clientY - box.top));
      },
      { passive: false },
    );
  }

  /** False: the text is no picture. */
  show(text: string, nodes: readonly GraphNode[]): boolean {
    const picture = safeSvg(text);
    if (picture === undefined) {
      return false;
    }
    const { width, height } = picture.viewBox.baseVal;
    this.size = { width, height };
    picture.setAttribute('width', `${width}`);
    picture.setAttribute('height', `${height}`);
    const byId = new Map(nodes.map((node) => [node.node, node]));
    for (const group of picture.querySelectorAll<SVGGElement>('g.node')) {
      const node = byId.get(group.id);
      if (node !== undefined) {
        this.enliven(group, node);
      }
    }
    this.picture = picture;
    this.element.replaceChildren(picture);
    this.fit();
    return true;
  }

  clear(message: string): void {
    this.picture = undefined;
    this.element.replaceChildren(h('p', { class: 'quiet' }, message));
  }

  fit(): void {
    const { clientWidth, clientHeight } = this.element;
    this.look(fitted(this.size, { width: clientWidth, height: clientHeight }));
  }

  zoom(factor: number): void {
    const { clientWidth, clientHeight } = this.element;
    this.look(zoomed(this.viewport, factor, clientWidth / 2, clientHeight / 2));
  }

  private enliven(group: SVGGElement, node: GraphNode): void {
    group.setAttribute('tabindex', '0');
    group.setAttribute('role', 'button');
    group.setAttribute('aria-label', `${node.title}, ${node.type}`);
    const select = (): void => {
      this.picture?.querySelector('.chosen')?.classList.remove('chosen');
      group.classList.add('chosen');
      this.events.onSelect(node);
    };
    group.addEventListener('click', select);
    group.addEventListener('focus', select);
    group.addEventListener('dblclick', () => {
      this.events.onOpen(node);
    });
    group.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.stopPropagation();
        this.events.onOpen(node);
      }
    });
  }

  private onMove({ clientX, clientY, buttons }: PointerEvent): void {
    if (this.dragged === undefined || buttons === 0) {
      return;
    }
    this.look(moved(this.viewport, clientX - this.dragged.x, clientY - this.dragged.y));
    this.dragged = { x: clientX, y: clientY };
  }

  private onKey(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    const move = moves[event.key];
    if (move !== undefined) {
      this.look(moved(this.viewport, ...move));
    } else if (event.key === '+' || event.key === '=') {
      this.zoom(1.25);
    } else if (event.key === '-') {
      this.zoom(0.8);
    } else if (event.key === '0') {
      this.fit();
    } else {
      return;
    }
    event.preventDefault();
  }

  private look(viewport: Viewport): void {
    this.viewport = viewport;
    const { x, y, scale } = viewport;
    if (this.picture !== undefined) {
      this.picture.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    }
  }
}

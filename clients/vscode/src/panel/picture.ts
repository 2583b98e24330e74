/** *Picture*: what keeps objects alive or what they keep, drawn by the server; nodes lead on. */
import type { GraphNode, GraphResult } from '../wire.ts';
import { h } from './dom.ts';
import { goToClassButton } from './links.ts';
import type { PictureQuery } from './messages.ts';
import { PictureView } from './picture-view.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';

const formats = { svg: 'SVG', png: 'PNG', pdf: 'PDF', dot: 'DOT' } as const;

class Picture implements Tab {
  readonly title = 'Picture';
  readonly element: HTMLElement;
  private readonly panel: Panel;
  private readonly view: PictureView;
  private readonly status = h('span', { class: 'quiet', role: 'status' });
  private readonly detail = h('div', { class: 'toolbar row-actions' });
  private readonly controls = h('div', { class: 'toolbar' });
  private readonly question: Question<GraphResult>;
  private subject: Subject | undefined;

  constructor(panel: Panel) {
    this.panel = panel;
    this.view = new PictureView({
      onSelect: (node) => {
        this.select(node);
      },
      onOpen: (node) => {
        this.open(node);
      },
    });
    this.question = new Question<GraphResult>(
      (result) => {
        this.draw(result);
      },
      (message) => {
        this.status.textContent = '';
        this.view.clear(message);
      },
    );
    this.element = h(
      'section',
      { class: 'fill-height' },
      this.controls,
      this.view.element,
      this.detail,
    );
    new MutationObserver(() => {
      if (this.element.isConnected && this.subject !== undefined) {
        this.show(this.subject);
      }
    }).observe(document.body, { attributeFilter: ['class'] });
  }

  show(subject: Subject): void {
    this.subject = subject;
    const query = subject.view.picture;
    this.drawControls(query);
    if (query === null) {
      this.status.textContent = '';
      this.view.clear('Name a class, or choose “Picture” in another tab.');
      return;
    }
    const params = { snapshot: subject.snapshot, ...query, theme: theme(), format: 'svg' };
    if (
      this.question.ask(JSON.stringify(params), (signal) =>
        this.panel.host.request('whyalive/graph', params, signal),
      )
    ) {
      this.status.textContent = 'Drawing…';
      this.detail.replaceChildren();
    }
  }

  private draw({ content, nodes, note, merged }: GraphResult): void {
    this.status.textContent = [
      `${nodes.length} nodes`,
      ...(merged ? ['one for each kind'] : []),
      ...(note === '' ? [] : [note]),
    ].join(' · ');
    if (content === '') {
      this.view.clear('None of these objects is alive.');
    } else if (!this.view.show(content, nodes)) {
      this.view.clear('The picture cannot be shown.');
    }
  }

  private change(query: PictureQuery): void {
    this.panel.change({ picture: { ...this.subject?.view.picture, ...query } });
  }

  private drawControls(query: PictureQuery | null): void {
    const number = (
      name: 'count' | 'depth' | 'fanOut',
      fresh: number,
      most: number,
    ): HTMLElement => {
      const input = h('input', {
        type: 'number',
        min: 1,
        max: most,
        value: query?.[name] ?? fresh,
        onchange: () => {
          this.change({ [name]: Math.min(Math.max(Number(input.value) || fresh, 1), most) });
        },
      });
      return input;
    };
    const check = (name: 'merged' | 'refcounts', text: string): HTMLElement => {
      const input = h('input', {
        type: 'checkbox',
        onchange: () => {
          this.change({ [name]: input.checked });
        },
      });
      input.checked = query?.[name] === true;
      return h('label', {}, input, ` ${text}`);
    };
    this.controls.replaceChildren(
      this.typeInput(query),
      this.directionInput(query),
      ...(query?.type === undefined ? [] : [h('label', {}, 'of ', number('count', 3, 50))]),
      h('label', {}, 'depth ', number('depth', 5, 50)),
      h('label', {}, 'at most ', number('fanOut', 6, 200), ' each'),
      check('merged', 'one node a kind'),
      check('refcounts', 'reference counts'),
      this.zoomButtons(),
      ...(query === null ? [] : [this.exportChooser(query)]),
      this.status,
    );
  }

  private typeInput(query: PictureQuery | null): HTMLElement {
    const input = h('input', {
      type: 'search',
      placeholder:
        query?.objects === undefined ? 'Class name' : `object ${query.objects.join(', ')}`,
      value: query?.type ?? '',
      'aria-label': 'Class whose instances are drawn',
      onkeydown: ({ key }: KeyboardEvent) => {
        if (key === 'Enter' && input.value.trim() !== '') {
          this.panel.picture({ type: input.value.trim(), count: 3 });
        }
      },
    });
    return input;
  }

  private directionInput(query: PictureQuery | null): HTMLElement {
    const select = h(
      'select',
      {
        'aria-label': 'What is drawn',
        onchange: () => {
          this.change({ direction: select.value, expanded: [] });
        },
      },
      h('option', { value: 'backrefs' }, 'What refers to them'),
      h('option', { value: 'refs' }, 'What they refer to'),
      h('option', { value: 'chain' }, 'The shortest way from a root'),
    );
    select.value = query?.direction ?? 'backrefs';
    return select;
  }

  private zoomButtons(): HTMLElement {
    const button = (text: string, label: string, onclick: () => void): HTMLElement =>
      h('button', { class: 'secondary', 'aria-label': label, title: label, onclick }, text);
    return h(
      'span',
      { class: 'actions' },
      button('−', 'Zoom out', () => {
        this.view.zoom(0.8);
      }),
      button('+', 'Zoom in', () => {
        this.view.zoom(1.25);
      }),
      button('Fit', 'Fit all of it into view', () => {
        this.view.fit();
      }),
    );
  }

  private exportChooser(query: PictureQuery): HTMLElement {
    const select = h(
      'select',
      {
        'aria-label': 'Export',
        onchange: () => {
          const format = select.value;
          select.value = '';
          this.exportAs(query, format);
        },
      },
      h('option', { value: '' }, 'Export…'),
      ...Object.entries(formats).map(([value, text]) => h('option', { value }, text)),
    );
    return select;
  }

  private exportAs(query: PictureQuery, format: string): void {
    const snapshot = this.subject?.snapshot ?? '';
    const params = { snapshot, ...query, theme: 'light', transparent: false, format };
    this.panel.host.request('whyalive/graph', params).then(
      ({ content }) => {
        const encoding = format === 'png' || format === 'pdf' ? 'base64' : 'utf8';
        const name = (query.type ?? 'objects').replaceAll(/[^\w.-]+/g, '_');
        this.panel.host.save({ name: `${name}.${format}`, content, encoding });
      },
      (error: unknown) => {
        this.panel.say(error instanceof Error ? error.message : String(error));
      },
    );
  }

  private select(node: GraphNode): void {
    const { object, title, type, count, expandable } = node;
    const snapshot = this.shownSnapshot();
    const button = (text: string, onclick: () => void): HTMLElement =>
      h('button', { class: 'secondary', onclick }, text);
    const next = h(
      'span',
      { class: 'actions' },
      object !== null &&
        button('Inspect', () => {
          this.panel.inspect(object, snapshot);
        }),
      object !== null &&
        expandable &&
        button('Draw more of it', () => {
          const expanded = this.subject?.view.picture?.expanded ?? [];
          this.change({ expanded: [...new Set([...expanded, object])] });
        }),
      object !== null &&
        button('Why alive?', () => {
          this.panel.why({ objects: [object], snapshot });
        }),
      goToClassButton(this.panel, type, snapshot),
    );
    this.detail.replaceChildren(
      h('code', {}, title),
      h('span', { class: 'quiet' }, count > 1 ? `${type} × ${count}` : type),
      next,
    );
  }

  private open({ object }: GraphNode): void {
    if (object !== null) {
      this.panel.inspect(object, this.shownSnapshot());
    }
  }

  private shownSnapshot(): string {
    return this.subject?.view.picture?.snapshot ?? this.subject?.snapshot ?? '';
  }
}

function theme(): string {
  const { classList } = document.body;
  const dark = classList.contains('vscode-dark') || classList.contains('vscode-high-contrast');
  return dark && !classList.contains('vscode-high-contrast-light') ? 'dark' : 'light';
}

export function createPicture(panel: Panel): Tab {
  return new Picture(panel);
}

/** *Cycles*: rings of references, garbage apart from live ones, with the reference that could be weak. */
import { formatBytes, formatCount, plural } from '../model/format.ts';
import type { CycleRow, CyclesResult, CycleTotal } from '../wire.ts';
import { h } from './dom.ts';
import { objectLink, typeName } from './links.ts';
import { Question } from './question.ts';
import type { Panel, Tab } from './tab.ts';

const pageSize = 50;

class Cycles implements Tab {
  readonly title = 'Cycles';
  readonly element: HTMLElement;
  private readonly panel: Panel;
  private readonly status = h('span', { class: 'quiet', role: 'status' });
  private readonly state: HTMLSelectElement;
  private readonly answer = h('div', { class: 'answer' });
  private readonly question: Question<CyclesResult>;

  constructor(panel: Panel) {
    this.panel = panel;
    this.state = h(
      'select',
      {
        onchange: () => {
          panel.change({ cycles: this.state.value });
        },
      },
      h('option', { value: '' }, 'all'),
      h('option', { value: 'garbage' }, 'garbage'),
      h('option', { value: 'live' }, 'live ones'),
    );
    this.question = new Question<CyclesResult>(
      (result) => {
        this.status.textContent = '';
        this.answer.replaceChildren(summary(result), ...this.cards(result), this.more(result));
      },
      (message) => {
        this.status.textContent = '';
        this.answer.replaceChildren(h('p', { class: 'failure', role: 'alert' }, message));
      },
    );
    this.element = h(
      'section',
      {},
      h('div', { class: 'toolbar' }, h('label', {}, 'Show ', this.state), this.status),
      this.answer,
    );
  }

  show({ snapshot, view }: { snapshot: string; view: { cycles: string } }): void {
    this.state.value = view.cycles;
    const params = { snapshot, ...(view.cycles !== '' && { state: view.cycles }), limit: pageSize };
    if (
      this.question.ask(JSON.stringify(params), (signal) =>
        this.panel.host.request('whyalive/cycles', params, signal),
      )
    ) {
      this.status.textContent = 'Looking for cycles…';
    }
  }

  private cards({ rows, snapshot }: CyclesResult): HTMLElement[] {
    return rows.map((row) => card(this.panel, row, snapshot));
  }

  private more(result: CyclesResult, offset = result.rows.length): HTMLElement {
    const left = result.rowCount - offset;
    if (left <= 0) {
      return h('span');
    }
    const read = (): void => {
      const { snapshot } = result;
      const state = this.state.value;
      const params = { snapshot, offset, limit: pageSize, ...(state !== '' && { state }) };
      this.panel.host.request('whyalive/cycles', params).then(
        (next) => {
          button.replaceWith(...this.cards(next), this.more(next, offset + next.rows.length));
        },
        (error: unknown) => {
          this.panel.say(error instanceof Error ? error.message : String(error));
        },
      );
    };
    const button = h('button', { class: 'link', onclick: read }, `${formatCount(left)} more…`);
    return button;
  }
}

function summary({ garbage, live, collector }: CyclesResult): HTMLElement {
  const line = (name: string, { cycles, objects, retained }: CycleTotal): HTMLElement =>
    h(
      'div',
      { class: 'tile' },
      h('div', { class: 'quiet' }, name),
      h('div', { class: 'figure' }, formatCount(cycles)),
      h('div', { class: 'quiet' }, `${plural(objects, 'object')} · ${formatBytes(retained)}`),
    );
  const runs = collector.runs
    ? `thresholds ${collector.thresholds.join(', ')}`
    : 'garbage in cycles stays for ever';
  return h(
    'div',
    { class: 'tiles' },
    line('Cycles that are garbage', garbage),
    line('Cycles that are alive', live),
    h(
      'div',
      { class: 'tile' },
      h('div', { class: 'quiet' }, 'Collector'),
      h('div', { class: 'figure' }, collector.runs ? 'on' : 'off'),
      h('div', { class: 'quiet' }, runs),
    ),
  );
}

function card(panel: Panel, row: CycleRow, snapshot: string): HTMLElement {
  const { state, expression, cycles, objects, retained, types, finalizers, holder, cut } = row;
  const figures = [
    plural(cycles, 'cycle'),
    plural(objects, 'object'),
    `${formatBytes(retained)} retained`,
  ].join(' · ');
  const pair = (name: string, ...value: (Node | string)[]): HTMLElement[] => [
    h('dt', {}, name),
    h('dd', {}, ...value),
  ];
  return h(
    'article',
    { class: 'card', 'aria-label': expression },
    h(
      'h2',
      {},
      h('code', {}, expression),
      h('span', { class: 'badge', 'data-kind': state }, state),
      h('span', { class: 'quiet figures' }, figures),
    ),
    h(
      'dl',
      {},
      ...pair('ring', ring(panel, row, snapshot)),
      ...(cut === undefined
        ? []
        : pair(
            'could be weak',
            h('code', {}, typeName(panel, cut.type, snapshot), `.${cut.attribute}`),
            h('span', { class: 'quiet' }, ` ${cut.reason}`),
          )),
      ...(holder === undefined ? [] : pair('reached as', h('code', {}, holder))),
      ...(finalizers.length === 0 ? [] : pair('with __del__', finalizers.join(', '))),
      ...pair(
        'made of',
        ...types
          .slice(0, 4)
          .map(({ type, count, bytes }) =>
            h(
              'div',
              {},
              `${formatCount(count)} `,
              typeName(panel, type, snapshot),
              ` · ${formatBytes(bytes)}`,
            ),
          ),
      ),
    ),
  );
}

function ring(panel: Panel, { ring: steps, cut }: CycleRow, snapshot: string): HTMLElement {
  return h(
    'ol',
    { class: 'chain ring' },
    ...steps.map(({ object, label }, index) =>
      h(
        'li',
        {},
        objectLink(panel, object, snapshot),
        h('code', { class: index === cut?.step ? 'cut' : 'quiet' }, label),
      ),
    ),
  );
}

export function createCycles(panel: Panel): Tab {
  return new Cycles(panel);
}

/** The memory page, a card of *Overview*: where the resident memory of the process is. */
import { formatBytes } from '../model/format.ts';
import type { MemoryResult } from '../wire.ts';
import { h } from './dom.ts';
import { memoryFacts, memoryParts } from './memory-model.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel } from './tab.ts';

export class MemoryCard {
  readonly element = h('div', { class: 'card memory' });
  private readonly panel: Panel;
  private readonly question: Question<MemoryResult>;
  private subject: Subject | undefined;

  constructor(panel: Panel) {
    this.panel = panel;
    this.element.hidden = true;
    this.question = new Question<MemoryResult>(
      (memory) => {
        this.draw(memory);
      },
      (message) => {
        this.element.replaceChildren(
          h('h2', {}, 'Resident memory'),
          h('p', { class: 'quiet' }, message),
        );
      },
    );
  }

  /** Only of the attached process, and only of its newest snapshot: it is about now. */
  show(subject: Subject): void {
    this.subject = subject;
    const { target } = subject.session;
    const shown = subject.session.snapshots.find((one) => one.snapshot === subject.snapshot);
    this.element.hidden = target?.alive !== true || shown?.pid !== target.pid;
    if (!this.element.hidden && target !== null) {
      const { pid } = target;
      this.question.ask(JSON.stringify([pid, subject.session.current]), (signal) =>
        this.panel.host.request('whyalive/memory', { pid }, signal),
      );
    }
  }

  private draw(memory: MemoryResult): void {
    const again = (): void => {
      this.question.forget();
      if (this.subject !== undefined) {
        this.show(this.subject);
      }
    };
    const parts = memoryParts(memory);
    const piece = (part: string, bytes: number, title: string): HTMLElement => {
      const element = h('span', { class: 'piece', 'data-part': part, title });
      element.style.flexGrow = `${bytes}`;
      return element;
    };
    this.element.replaceChildren(
      h(
        'h2',
        {},
        `Resident memory: ${formatBytes(memory.rss)} `,
        h('button', { class: 'link', onclick: again }, 'ask again'),
      ),
      h(
        'div',
        {
          class: 'stack',
          role: 'img',
          'aria-label': 'Shares of the resident memory, listed below',
        },
        ...parts.map(({ part, name, bytes }) =>
          piece(part, bytes, `${name}: ${formatBytes(bytes)}`),
        ),
      ),
      h(
        'ul',
        { class: 'legend' },
        ...parts.map(({ part, name, bytes }) =>
          h(
            'li',
            {},
            h('span', { class: 'swatch', 'data-part': part, 'aria-hidden': 'true' }),
            `${name} `,
            h('strong', {}, formatBytes(bytes)),
          ),
        ),
      ),
      ...memory.notes.map((note) => h('p', {}, note)),
      h(
        'details',
        {},
        h('summary', { class: 'quiet' }, 'Allocators, collector, largest files'),
        ...memoryFacts(memory).map((fact) => h('p', { class: 'quiet' }, fact)),
        h(
          'ul',
          { class: 'quiet' },
          ...memory.files.map(({ path, bytes }) => h('li', {}, `${formatBytes(bytes)} ${path}`)),
        ),
      ),
    );
  }
}

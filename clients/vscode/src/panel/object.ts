/** *Object*: all about one object, or the list of a set's objects, to choose from. */
import { formatBytes, plural } from '../model/format.ts';
import type {
  ObjectResult,
  ObjectRow,
  ObjectSet,
  ObjectsResult,
  ReferenceRow,
  ReferencesResult,
} from '../wire.ts';
import { h } from './dom.ts';
import { objectHead } from './object-head.ts';
import { objectColumns, referenceColumns } from './object-columns.ts';
import { Question } from './question.ts';
import { PagedRows } from './row-source.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';
import { setActions } from './links.ts';
import { VirtualTable } from './virtual-table.ts';

const pageSize = 200;

interface List {
  list: ObjectsResult;
  set: ObjectSet;
  title: string;
}

type Answer = { object: ObjectResult; referrers: ReferencesResult } | List;

class ObjectTab implements Tab {
  readonly title = 'Object';
  readonly element = h('section', { class: 'object' });
  private readonly panel: Panel;
  private readonly question: Question<Answer>;
  private readonly list: VirtualTable<ObjectRow>;
  private readonly fields: VirtualTable<ReferenceRow>;
  private readonly referrers: VirtualTable<ReferenceRow>;
  private subject: Subject | undefined;

  constructor(panel: Panel) {
    this.panel = panel;
    const inspect = ({ object }: ReferenceRow): void => {
      panel.inspect(object.id, this.shownSnapshot());
    };
    this.fields = new VirtualTable<ReferenceRow>('What it refers to', { onOpen: inspect });
    this.referrers = new VirtualTable<ReferenceRow>('What refers to it', { onOpen: inspect });
    this.list = new VirtualTable<ObjectRow>('Objects', {
      onOpen: ({ id }) => {
        panel.inspect(id, this.shownSnapshot());
      },
      onSort: ({ column }) => {
        panel.change({ order: column });
      },
    });
    this.question = new Question<Answer>(
      (answer) => {
        this.draw(answer);
      },
      (message) => {
        this.element.replaceChildren(h('p', { class: 'failure', role: 'alert' }, message));
      },
    );
  }

  show(subject: Subject): void {
    this.subject = subject;
    const { focus, order } = subject.view;
    if (focus === null) {
      this.element.replaceChildren(this.welcome());
      return;
    }
    const key = JSON.stringify([focus, order, 'set' in focus && subject.snapshot]);
    if (this.question.ask(key, (signal) => this.read(subject, signal))) {
      this.element.setAttribute('aria-busy', 'true');
    }
  }

  private shownSnapshot(): string {
    const focus = this.subject?.view.focus;
    return focus?.snapshot ?? this.subject?.snapshot ?? '';
  }

  private async read({ view, snapshot }: Subject, signal: AbortSignal): Promise<Answer> {
    const { focus, order } = view;
    const { host } = this.panel;
    if (focus !== null && 'id' in focus) {
      const of = { snapshot: focus.snapshot, limit: pageSize };
      const [object, referrers] = await Promise.all([
        host.request('whyalive/object', { id: focus.id, ...of }, signal),
        host.request('whyalive/referrers', { object: focus.id, ...of }, signal),
      ]);
      return { object, referrers };
    }
    const set = { snapshot, ...focus?.set };
    const params = { ...set, order, limit: pageSize };
    const list = await host.request('whyalive/objects', params, signal);
    return { list, set: { ...set, snapshot: list.snapshot }, title: focus?.title ?? '' };
  }

  private draw(answer: Answer): void {
    this.element.removeAttribute('aria-busy');
    if ('list' in answer) {
      this.drawList(answer);
    } else {
      this.drawObject(answer.object, answer.referrers);
    }
  }

  private drawList({ list, set, title }: List): void {
    const { total, rows, snapshot } = list;
    const order = this.subject?.view.order ?? 'retained';
    const read = async (offset: number): Promise<ObjectRow[]> => {
      const params = { ...set, order, offset, limit: pageSize };
      return (await this.panel.host.request('whyalive/objects', params)).rows;
    };
    const source = new PagedRows(total.count, rows, pageSize, read, () => {
      this.list.refresh();
    });
    const figures = `${plural(total.count, 'object')} · ${formatBytes(total.size)} · at least ${formatBytes(total.retained)} retained`;
    this.element.replaceChildren(
      h(
        'div',
        { class: 'toolbar' },
        h('h2', {}, title),
        h('span', { class: 'quiet', role: 'status' }, figures),
        setActions(this.panel, set, title, set.type ?? '', { listed: true }),
      ),
      this.list.element,
    );
    this.list.toTop();
    // The server sorts, always from the largest (types from A).
    const sort = { column: order, descending: order !== 'type' };
    this.list.show(source, objectColumns(this.panel, snapshot), sort);
  }

  private drawObject(object: ObjectResult, referrers: ReferencesResult): void {
    const { panel } = this;
    const { id } = object.object;
    const { snapshot } = object;
    const columns = referenceColumns(panel, snapshot);
    const pages = (
      method: 'whyalive/referrers' | 'whyalive/referents',
      count: number,
      first: readonly ReferenceRow[],
      table: VirtualTable<ReferenceRow>,
    ): PagedRows<ReferenceRow> => {
      const read = async (offset: number, limit: number): Promise<ReferenceRow[]> =>
        (await panel.host.request(method, { object: id, snapshot, offset, limit })).rows;
      return new PagedRows(count, first, pageSize, read, () => {
        table.refresh();
      });
    };
    const { fieldCount, rows } = object;
    this.element.replaceChildren(
      objectHead(panel, object, this.subject),
      h('h3', {}, `Refers to ${plural(fieldCount, 'object')}`),
      sized(this.fields.element, fieldCount),
      h('h3', {}, `Referred to by ${plural(referrers.rowCount, 'object')}`),
      sized(this.referrers.element, referrers.rowCount),
    );
    this.fields.toTop();
    this.referrers.toTop();
    this.fields.show(pages('whyalive/referents', fieldCount, rows, this.fields), columns);
    this.referrers.show(
      pages('whyalive/referrers', referrers.rowCount, referrers.rows, this.referrers),
      columns,
    );
  }

  private welcome(): HTMLElement {
    const input = h('input', {
      type: 'text',
      placeholder: 'Class name, or address 0x…',
      'aria-label': 'Class name or address',
      onkeydown: ({ key }: KeyboardEvent) => {
        if (key === 'Enter' && input.value.trim() !== '') {
          this.find(input.value.trim());
        }
      },
    });
    return h(
      'div',
      { class: 'welcome' },
      h('p', {}, 'Choose an object in another tab, or look for the instances of a class.'),
      input,
    );
  }

  private find(text: string): void {
    const { panel } = this;
    const snapshot = this.subject?.snapshot ?? '';
    if (!text.startsWith('0x')) {
      panel.list({ type: text }, text);
      return;
    }
    panel.host.request('whyalive/object', { address: text, snapshot, limit: 1 }).then(
      ({ object }) => {
        panel.inspect(object.id, snapshot);
      },
      (error: unknown) => {
        panel.say(error instanceof Error ? error.message : String(error));
      },
    );
  }
}

/** A short table takes no more room than its rows. */
function sized(element: HTMLElement, rows: number): HTMLElement {
  element.style.height = `${Math.min(Math.max(rows, 1), 14) * 24 + 30}px`;
  return element;
}

export function createObject(panel: Panel): Tab {
  return new ObjectTab(panel);
}

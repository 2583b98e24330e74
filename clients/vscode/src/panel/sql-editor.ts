/** A text field for SQL with colours and completion: Ctrl+Space or typing offers, arrows choose, Tab or Enter takes. */
import type { SqlSchema } from '../wire.ts';
import { h } from './dom.ts';
import { complete, type Completion } from './sql-completion.ts';
import { sqlTokens } from './sql-tokens.ts';

export interface SqlEditorEvents {
  onChange: (sql: string) => void;
  onRun: () => void;
}

export class SqlEditor {
  readonly element: HTMLElement;
  private readonly input: HTMLTextAreaElement;
  /** Lies under the field, whose own text is not to be seen. */
  private readonly colours = h('pre', { class: 'colours', 'aria-hidden': 'true' });
  private readonly list = h('ul', {
    class: 'suggestions',
    role: 'listbox',
    id: 'sql-suggestions',
    'aria-label': 'Suggestions',
  });
  private readonly events: SqlEditorEvents;
  private schema: SqlSchema | undefined;
  private offered: Completion = { start: 0, suggestions: [] };
  private chosen = 0;

  constructor(events: SqlEditorEvents) {
    this.events = events;
    this.input = h('textarea', {
      spellcheck: 'false',
      autocapitalize: 'off',
      rows: 6,
      'aria-label': 'SQL query; Control+Enter runs it',
      'aria-controls': 'sql-suggestions',
      'aria-autocomplete': 'list',
      oninput: () => {
        events.onChange(this.input.value);
        this.colour();
        this.offer(false);
      },
      onscroll: () => {
        this.follow();
      },
      onkeydown: (event: KeyboardEvent) => {
        if (this.onKey(event)) {
          event.preventDefault();
        }
      },
      onblur: () => {
        this.close();
      },
    });
    this.list.hidden = true;
    this.element = h('div', { class: 'sql-editor' }, this.colours, this.input, this.list);
    new ResizeObserver(() => {
      this.follow();
    }).observe(this.input);
  }

  get value(): string {
    return this.input.value;
  }

  set value(sql: string) {
    if (sql !== this.input.value) {
      this.input.value = sql;
      this.colour();
      this.close();
    }
  }

  know(schema: SqlSchema): void {
    this.schema = schema;
    this.colour();
  }

  focus(): void {
    this.input.focus();
  }

  private colour(): void {
    const spans = sqlTokens(this.input.value, this.schema).map(({ text, kind }) =>
      kind === '' ? text : h('span', { 'data-token': kind }, text),
    );
    // A last line that is empty has a height, too.
    this.colours.replaceChildren(...spans, '\n');
    this.follow();
  }

  /** As large and as far scrolled as the field. */
  private follow(): void {
    const { clientWidth, offsetHeight, scrollTop } = this.input;
    this.colours.style.width = `${clientWidth + 2}px`;
    this.colours.style.height = `${offsetHeight}px`;
    this.colours.scrollTop = scrollTop;
  }

  private offer(always: boolean): void {
    const { selectionStart, selectionEnd, value } = this.input;
    if (this.schema === undefined || selectionStart !== selectionEnd) {
      this.close();
      return;
    }
    const typing = always || /[\w.]$/.test(value.slice(0, selectionStart));
    this.offered = typing
      ? complete(value, selectionStart, this.schema)
      : { start: 0, suggestions: [] };
    this.chosen = 0;
    this.draw();
  }

  private draw(): void {
    const { suggestions } = this.offered;
    this.list.hidden = suggestions.length === 0;
    this.list.replaceChildren(
      ...suggestions.map(({ text, detail, kind }, index) =>
        h(
          'li',
          {
            role: 'option',
            id: `sql-suggestion-${index}`,
            'data-kind': kind,
            'aria-selected': index === this.chosen ? 'true' : 'false',
            // Before the field loses the focus.
            onmousedown: (event: MouseEvent) => {
              event.preventDefault();
              this.chosen = index;
              this.take();
            },
          },
          h('code', {}, text),
          h('span', { class: 'quiet' }, detail),
        ),
      ),
    );
    if (suggestions.length > 0) {
      this.input.setAttribute('aria-activedescendant', `sql-suggestion-${this.chosen}`);
      this.list.children[this.chosen]?.scrollIntoView({ block: 'nearest' });
    } else {
      this.input.removeAttribute('aria-activedescendant');
    }
  }

  private close(): void {
    this.offered = { start: 0, suggestions: [] };
    this.draw();
  }

  private take(): void {
    const suggestion = this.offered.suggestions[this.chosen];
    if (suggestion !== undefined) {
      const { start } = this.offered;
      this.input.setRangeText(suggestion.text, start, this.input.selectionStart, 'end');
      this.events.onChange(this.input.value);
      this.colour();
    }
    this.close();
  }

  /** True: the key is used up. */
  private onKey({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
    const { length } = this.offered.suggestions;
    if (key === 'Enter' && (ctrlKey || metaKey)) {
      this.close();
      this.events.onRun();
    } else if (key === ' ' && ctrlKey) {
      this.offer(true);
    } else if (length === 0) {
      return false;
    } else if (key === 'ArrowDown' || key === 'ArrowUp') {
      this.chosen = (this.chosen + (key === 'ArrowDown' ? 1 : -1) + length) % length;
      this.draw();
    } else if (key === 'Tab' || key === 'Enter') {
      this.take();
    } else if (key === 'Escape') {
      this.close();
    } else {
      return false;
    }
    return true;
  }
}

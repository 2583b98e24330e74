/** *SQL*: a query over the snapshot's tables, with completion, history and export as CSV. */
import { formatBytes, formatCount, plural } from '../model/format.ts';
import type { SqlColumn, SqlResult, SqlSchema, SqlValue } from '../wire.ts';
import { toCsv } from './csv.ts';
import { h } from './dom.ts';
import { link, typeName } from './links.ts';
import { Question } from './question.ts';
import { allRows } from './row-source.ts';
import { SqlEditor } from './sql-editor.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';
import { type Sort, sortRows } from './table-model.ts';
import { type TableColumn, VirtualTable } from './virtual-table.ts';

const limits = [1000, 10_000, 100_000];
const inServersOrder: Sort = { column: '', descending: false };

export interface SqlTab extends Tab {
  remember: (queries: readonly string[]) => void;
}

class Sql implements SqlTab {
  readonly title = 'SQL';
  readonly element: HTMLElement;
  private readonly panel: Panel;
  private readonly editor: SqlEditor;
  private readonly status = h('span', { class: 'quiet', role: 'status' });
  private readonly history: HTMLSelectElement;
  private readonly limit: HTMLSelectElement;
  private readonly cancel: HTMLButtonElement;
  private readonly save: HTMLButtonElement;
  private readonly help = h('details', { class: 'sql-help' });
  private readonly table: VirtualTable<SqlValue[]>;
  private readonly question: Question<SqlResult>;
  private subject: Subject | undefined;
  private result: SqlResult | undefined;
  private sort = inServersOrder;
  private run = 0;
  private hasSchema = false;

  constructor(panel: Panel) {
    this.panel = panel;
    this.editor = new SqlEditor({
      onChange: (sql) => {
        panel.change({ sql });
      },
      onRun: () => {
        this.ask();
      },
    });
    this.history = h('select', {
      'aria-label': 'Earlier queries',
      onchange: () => {
        panel.change({ sql: this.history.value });
        this.history.selectedIndex = 0;
        this.editor.focus();
      },
    });
    this.remember([]);
    this.limit = h(
      'select',
      {
        onchange: () => {
          panel.change({ sqlLimit: Number(this.limit.value) });
        },
      },
      ...limits.map((limit) => h('option', { value: limit }, formatCount(limit))),
    );
    this.table = new VirtualTable<SqlValue[]>('Result', {
      onSort: (sort) => {
        this.sort = sort;
        this.draw();
      },
    });
    this.question = new Question<SqlResult>(
      (result) => {
        this.take(result);
      },
      (message) => {
        this.finished(message, true);
      },
    );
    const button = (text: string, onclick: () => void, secondary = true): HTMLButtonElement =>
      h('button', { ...(secondary && { class: 'secondary' }), onclick }, text);
    this.cancel = button('Cancel', () => {
      this.question.cancel();
      this.finished('Cancelled.');
    });
    this.save = button('Export CSV', () => {
      this.export();
    });
    const runButton = button(
      'Run',
      () => {
        this.ask();
      },
      false,
    );
    runButton.title = 'Control+Enter';
    this.cancel.hidden = true;
    this.save.hidden = true;
    const rows = h('label', {}, 'at most ', this.limit, ' rows');
    this.element = h(
      'section',
      { class: 'fill-height sql' },
      this.editor.element,
      h(
        'div',
        { class: 'toolbar' },
        runButton,
        this.cancel,
        rows,
        this.history,
        this.save,
        this.status,
      ),
      this.help,
      this.table.element,
    );
  }

  show(subject: Subject): void {
    this.subject = subject;
    this.editor.value = subject.view.sql;
    this.limit.value = `${subject.view.sqlLimit}`;
    if (!this.hasSchema) {
      this.hasSchema = true;
      this.panel.host.request('whyalive/sqlSchema', {}).then(
        (schema) => {
          this.editor.know(schema);
          this.help.replaceChildren(...schemaHelp(schema));
        },
        () => {
          this.hasSchema = false;
        },
      );
    }
  }

  remember(queries: readonly string[]): void {
    const option = (sql: string): HTMLElement =>
      h('option', { value: sql }, sql.replaceAll(/\s+/g, ' ').slice(0, 100));
    this.history.replaceChildren(h('option', { value: '' }, 'History…'), ...queries.map(option));
    this.history.disabled = queries.length === 0;
  }

  private ask(): void {
    const { subject } = this;
    if (subject === undefined || this.editor.value.trim() === '') {
      return;
    }
    const { snapshot, view } = subject;
    const params = { snapshot, sql: this.editor.value, limit: view.sqlLimit };
    this.panel.host.asked(params.sql);
    this.run += 1; // the same query may be asked again
    this.cancel.hidden = false;
    this.status.className = 'quiet';
    this.status.textContent = 'Asking…';
    this.question.ask(`${this.run}`, (signal) =>
      this.panel.host.request('whyalive/sql', params, signal),
    );
  }

  private take(result: SqlResult): void {
    this.result = result;
    this.sort = inServersOrder;
    this.save.hidden = result.rows.length === 0;
    this.table.toTop();
    this.draw();
    const rows = plural(result.rows.length, 'row');
    const more = result.truncated ? 'the first ' : '';
    this.finished([`${more}${rows}`, ...result.notes].join(' · '));
  }

  private finished(message: string, failed = false): void {
    this.cancel.hidden = true;
    this.status.className = failed ? 'failure' : 'quiet';
    this.status.textContent = message;
  }

  private draw(): void {
    const { result } = this;
    if (result === undefined) {
      return;
    }
    const columns = result.columns.map((column, index) =>
      this.column(column, index, result.snapshot),
    );
    this.table.show(allRows(sortRows(result.rows, columns, this.sort)), columns, this.sort);
  }

  private column(
    { name, type }: SqlColumn,
    index: number,
    snapshot: string,
  ): TableColumn<SqlValue[]> {
    const numeric =
      ['bytes', 'integer', 'address', 'object', 'flag'].includes(type) ||
      (type === 'any' && holdsNumbers(this.result?.rows ?? [], index));
    const value = (row: SqlValue[]): SqlValue => row[index] ?? null;
    return {
      id: `${index}`,
      title: name,
      numeric,
      width: numeric ? 14 : 'rest',
      value: (row) => {
        const it = value(row);
        return typeof it === 'number' ? it : cellText(it, type);
      },
      text: (row) => cellText(value(row), type),
      ...(name === 'type' &&
        !numeric && {
          cell: (row) => typeName(this.panel, cellText(value(row), type), snapshot),
        }),
      ...(type === 'object' && {
        cell: (row) => {
          const id = value(row);
          return typeof id === 'number'
            ? link(`${id}`, () => {
                this.panel.inspect(id, snapshot);
              })
            : '';
        },
      }),
    };
  }

  private export(): void {
    const { result } = this;
    if (result !== undefined) {
      const content = toCsv(result.columns, result.rows);
      this.panel.host.save({ name: 'query.csv', content, encoding: 'utf8' });
    }
  }
}

/** What is computed has no type of its own: its first rows tell. */
function holdsNumbers(rows: readonly SqlValue[][], index: number): boolean {
  const some = rows.slice(0, 50).map((row) => row[index] ?? null);
  return (
    some.some((value) => value !== null) &&
    some.every((value) => value === null || typeof value === 'number')
  );
}

export function cellText(value: SqlValue, type: string): string {
  if (value === null) {
    return '';
  }
  if (typeof value === 'object') {
    return `x'${value.blob}'`;
  }
  if (typeof value === 'string') {
    return value;
  }
  switch (type) {
    case 'bytes':
      return formatBytes(value);
    case 'address':
      return `0x${value.toString(16)}`;
    case 'object':
      return `${value}`;
    default:
      return Number.isInteger(value) ? formatCount(value) : `${value}`;
  }
}

function schemaHelp({ tables, functions }: SqlSchema): HTMLElement[] {
  const entry = (name: string, meaning: string): HTMLElement[] => [
    h('dt', {}, h('code', {}, name)),
    h('dd', {}, meaning),
  ];
  return [
    h('summary', {}, 'Tables and functions'),
    h(
      'dl',
      {},
      ...tables.flatMap(({ name, meaning, columns }) =>
        entry(name, `${meaning}: ${columns.map((column) => column.name).join(', ')}`),
      ),
      ...functions.flatMap(({ name, arguments: parameters, meaning }) =>
        entry(`${name}(${parameters})`, meaning),
      ),
    ),
  ];
}

export function createSql(panel: Panel): SqlTab {
  return new Sql(panel);
}

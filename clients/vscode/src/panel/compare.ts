/** *Compare*: two snapshots or a series of them, by kind, type, module, holder or place. */
import { formatBytes, formatCount, formatGrowth, plural } from '../model/format.ts';
import { snapshotLabel } from '../model/snapshot-text.ts';
import type { DiffParams, DiffResult, DiffRow, SnapshotState } from '../wire.ts';
import { diffColumns, diffGroupings, linePoints } from './diff-columns.ts';
import { h, svg } from './dom.ts';
import { signedBytes } from './kind-columns.ts';
import { hasSource, link, setActions, typeName } from './links.ts';
import type { PanelView } from './messages.ts';
import { Question } from './question.ts';
import { allRows } from './row-source.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';
import { matches, sortRows } from './table-model.ts';
import { type TableColumn, VirtualTable } from './virtual-table.ts';

const pageSize = 2000;

class Compare implements Tab {
  readonly title = 'Compare';
  readonly element: HTMLElement;
  private readonly panel: Panel;
  private readonly status = h('span', { class: 'quiet', role: 'status' });
  private readonly chooser = h('fieldset', { class: 'snapshots' });
  private readonly by: HTMLSelectElement;
  private readonly all: HTMLInputElement;
  private readonly filter: HTMLInputElement;
  private readonly chart = h('div', { class: 'chart' });
  private readonly actions = h('div', { class: 'toolbar row-actions' });
  private readonly table: VirtualTable<DiffRow>;
  private readonly question: Question<DiffResult>;
  private subject: Subject | undefined;
  private result: DiffResult | undefined;

  constructor(panel: Panel) {
    this.panel = panel;
    const change = (compare: Partial<PanelView['compare']>): void => {
      const now = this.subject?.view.compare;
      if (now !== undefined) {
        panel.change({ compare: { ...now, ...compare } });
      }
    };
    this.by = h(
      'select',
      {
        onchange: () => {
          change({ by: this.by.value });
        },
      },
      ...diffGroupings.map(({ by, title }) => h('option', { value: by }, title)),
    );
    this.all = h('input', {
      type: 'checkbox',
      onchange: () => {
        change({ all: this.all.checked });
      },
    });
    this.filter = h('input', {
      type: 'search',
      placeholder: 'Filter',
      'aria-label': 'Filter rows',
      oninput: () => {
        this.draw();
      },
    });
    this.table = new VirtualTable<DiffRow>('What changed', {
      onSort: (sort) => {
        change({ sort });
      },
      onSelect: (row) => {
        this.showActions(row);
      },
      onOpen: (row) => {
        this.open(row);
      },
    });
    this.question = new Question<DiffResult>(
      (result) => {
        this.result = result;
        this.actions.replaceChildren();
        this.draw();
      },
      (message) => {
        this.status.textContent = message;
      },
    );
    this.element = h(
      'section',
      { class: 'fill-height' },
      h(
        'div',
        { class: 'toolbar' },
        this.chooser,
        h('label', {}, 'Group by ', this.by),
        h('label', {}, this.all, ' unchanged rows too'),
        this.filter,
        this.status,
      ),
      this.chart,
      this.table.element,
      this.actions,
    );
  }

  show(subject: Subject): void {
    this.subject = subject;
    const { snapshot, view } = subject;
    const { by, all } = view.compare;
    const since = sinceOf(subject);
    this.by.value = by;
    this.all.checked = all;
    this.drawChooser(subject, since);
    if (since.length === 0) {
      this.question.cancel();
      this.result = undefined;
      this.status.textContent =
        'There is nothing earlier to compare with: take another snapshot, or choose one above.';
      this.table.show(allRows([]), []);
      return;
    }
    const params = { snapshot, since, by, all };
    if (this.question.ask(JSON.stringify(params), (signal) => this.read(params, signal))) {
      this.status.textContent = 'Comparing…';
    } else {
      this.draw();
    }
  }

  private drawChooser({ session, snapshot }: Subject, since: readonly string[]): void {
    const box = (one: SnapshotState): HTMLElement => {
      const input = h('input', {
        type: 'checkbox',
        value: one.snapshot,
        onchange: () => {
          this.chooseSince();
        },
      });
      input.checked = since.includes(one.snapshot);
      return h('label', {}, input, ` ${snapshotLabel(one)}`);
    };
    const others = session.snapshots.filter((one) => one.snapshot !== snapshot);
    this.chooser.replaceChildren(h('legend', {}, `${snapshot} with`), ...others.map(box));
  }

  private chooseSince(): void {
    const boxes = [...this.chooser.querySelectorAll('input')];
    const since = boxes.filter((box) => box.checked).map((box) => box.value);
    const compare = this.subject?.view.compare;
    if (compare !== undefined) {
      this.panel.change({ compare: { ...compare, since } });
    }
  }

  private async read(params: DiffParams, signal: AbortSignal): Promise<DiffResult> {
    const { host } = this.panel;
    const result = await host.request('whyalive/diff', { ...params, limit: pageSize }, signal);
    while (result.rows.length < result.rowCount && !signal.aborted) {
      const page = { ...params, offset: result.rows.length, limit: pageSize };
      const { rows } = await host.request('whyalive/diff', page, signal);
      if (rows.length === 0) {
        break;
      }
      result.rows.push(...rows);
    }
    return result;
  }

  private draw(): void {
    const { result, subject } = this;
    if (result === undefined || subject === undefined) {
      return;
    }
    const columns = diffColumns(result).map((column, index) =>
      index === 0 ? this.linked(column, subject.snapshot) : column,
    );
    const { sort } = subject.view.compare;
    const kept = result.rows.filter(({ label }) => matches(label, this.filter.value));
    this.table.show(allRows(sortRows(kept, columns, sort)), columns, sort);
    this.status.textContent = summary(result, kept.length);
    this.chart.replaceChildren(...(result.snapshots.length > 2 ? [seriesChart(result)] : []));
  }

  private linked(column: TableColumn<DiffRow>, snapshot: string): TableColumn<DiffRow> {
    const cell = (row: DiffRow): Node | string => {
      const id = row.holder?.id;
      if (id !== undefined) {
        return link(row.label, () => {
          this.panel.inspect(id, snapshot);
        });
      }
      const named = hasSource(row.type) && row.label.includes(row.type);
      return named ? typeName(this.panel, row.type, snapshot, row.label) : row.label;
    };
    return { ...column, cell };
  }

  private open({ label, holder }: DiffRow): void {
    const { subject, result } = this;
    if (subject === undefined || result === undefined) {
      return;
    }
    if (holder?.id !== undefined) {
      this.panel.inspect(holder.id, subject.snapshot);
    } else if (['kind', 'type', 'module'].includes(result.by)) {
      const row = { by: result.by, kind: label };
      const newSince = result.snapshots[0];
      const set = { row, snapshot: subject.snapshot, ...(newSince !== undefined && { newSince }) };
      this.panel.list(set, `New ${label}`);
    }
  }

  private showActions(row: DiffRow): void {
    const { subject, result } = this;
    const isGroup = result !== undefined && ['kind', 'type', 'module'].includes(result.by);
    if (subject === undefined || !isGroup) {
      this.actions.replaceChildren();
      return;
    }
    const set = { row: { by: result.by, kind: row.label }, snapshot: subject.snapshot };
    const showNew = (): void => {
      this.open(row);
    };
    this.actions.replaceChildren(
      h('code', {}, row.label),
      h('button', { class: 'secondary', onclick: showNew }, 'Show the new ones'),
      setActions(this.panel, set, row.label, row.type),
    );
  }
}

/** The snapshots chosen, as far as they exist; without a choice the one before. Oldest first. */
export function sinceOf({ session, view, snapshot, since }: Subject): string[] {
  const chosen = view.compare.since ?? (since === null ? [] : [since]);
  return session.snapshots
    .map((one) => one.snapshot)
    .filter((one) => one !== snapshot && chosen.includes(one));
}

function summary({ rows, growth, objects }: DiffResult, shown: number): string {
  return [
    shown === rows.length
      ? plural(rows.length, 'row')
      : `${formatCount(shown)} of ${plural(rows.length, 'row')}`,
    `${formatGrowth(growth.count)} objects`,
    signedBytes(growth.size),
    ...(objects === undefined
      ? []
      : [`${formatCount(objects.added)} new, ${formatCount(objects.gone)} gone`]),
  ].join(' · ');
}

function seriesChart({ snapshots, sizes }: DiffResult): HTMLElement {
  const text = snapshots.map((name, at) => `${name} ${formatBytes(sizes[at] ?? 0)}`).join(', ');
  return h(
    'figure',
    {},
    svg(
      'svg',
      { viewBox: '-4 -4 608 68', role: 'img', 'aria-label': `Bytes of all objects: ${text}` },
      svg('polyline', { points: linePoints(sizes, 600, 60), class: 'line' }),
    ),
    h('figcaption', { class: 'quiet' }, `Bytes of all objects: ${text}`),
  );
}

export function createCompare(panel: Panel): Tab {
  return new Compare(panel);
}

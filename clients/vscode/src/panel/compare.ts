/** *Compare*: two snapshots or a series, by kind, type, module, holder or place; and the way it took. */
import { formatBytes, formatCount, formatGrowth } from '../model/format.ts';
import { snapshotLabel } from '../model/snapshot-text.ts';
import type {
  DiffParams,
  DiffResult,
  DiffRow,
  SnapshotState,
  TimelinePoint,
  TimelineResult,
  TimelineSeries,
} from '../wire.ts';
import { diffColumns, diffGroupings } from './diff-columns.ts';
import { h } from './dom.ts';
import { GroupTable, wholeTable } from './group-table.ts';
import { signedBytes } from './kind-columns.ts';
import { link, setActions, typeName } from './links.ts';
import type { PanelView } from './messages.ts';
import { Question } from './question.ts';
import type { Subject } from './subject.ts';
import type { Panel, Tab } from './tab.ts';
import { timelineChart } from './timeline-chart.ts';
import type { TableColumn } from './virtual-table.ts';

/** A line through fewer says nothing that the table does not say. */
const leastForTimeline = 3;

class Compare implements Tab {
  readonly title = 'Compare';
  readonly element: HTMLElement;
  private readonly panel: Panel;
  private readonly chooser = h('fieldset', { class: 'snapshots' });
  private readonly all: HTMLInputElement;
  private readonly chart = h('div', { class: 'chart' });
  private readonly groups: GroupTable<DiffRow>;
  private readonly question: Question<DiffResult>;
  private readonly timeline: Question<TimelineResult>;
  private subject: Subject | undefined;
  private result: DiffResult | undefined;
  /** The row whose way is drawn beside that of the whole heap. */
  private followed: DiffRow | undefined;

  constructor(panel: Panel) {
    this.panel = panel;
    const change = (compare: Partial<PanelView['compare']>): void => {
      const now = this.subject?.view.compare;
      if (now !== undefined) {
        panel.change({ compare: { ...now, ...compare } });
      }
    };
    this.all = h('input', {
      type: 'checkbox',
      onchange: () => {
        change({ all: this.all.checked });
      },
    });
    this.groups = new GroupTable<DiffRow>('What changed', diffGroupings, {
      onGroup: (by) => {
        change({ by });
      },
      onFilter: (filter) => {
        change({ filter });
      },
      onSort: (sort) => {
        change({ sort });
      },
      onOpen: (row) => {
        this.open(row);
      },
      actions: (row) => {
        this.followed = row;
        this.askTimeline();
        return this.actionsOf(row);
      },
    });
    this.question = new Question<DiffResult>(
      (result) => {
        this.result = result;
        this.followed = undefined;
        this.groups.clear();
        this.draw();
        this.askTimeline();
      },
      (message) => {
        this.groups.say(message);
      },
    );
    this.timeline = new Question<TimelineResult>(
      (result) => {
        this.drawTimeline(result);
      },
      (message) => {
        this.chart.replaceChildren(h('p', { class: 'failure', role: 'alert' }, message));
      },
    );
    const { groupBy, filter, status, table, actions } = this.groups;
    this.element = h(
      'section',
      { class: 'fill-height' },
      h(
        'div',
        { class: 'toolbar' },
        this.chooser,
        groupBy,
        h('label', {}, this.all, ' unchanged rows too'),
        filter,
        status,
      ),
      this.chart,
      table,
      actions,
    );
  }

  show(subject: Subject): void {
    this.subject = subject;
    const { snapshot, view } = subject;
    const { by, all, filter } = view.compare;
    const since = sinceOf(subject);
    this.groups.controls(by, filter);
    this.all.checked = all;
    this.drawChooser(subject, since);
    if (since.length === 0) {
      this.question.cancel();
      this.result = undefined;
      this.groups.clear();
      this.chart.replaceChildren();
      this.groups.say(
        'There is nothing earlier to compare with: take another snapshot, or choose one above.',
      );
      return;
    }
    const params = { snapshot, since, by, all };
    if (this.question.ask(JSON.stringify(params), (signal) => this.read(params, signal))) {
      this.groups.say('Comparing…');
    } else {
      this.draw();
      this.askTimeline();
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

  private read(params: DiffParams, signal: AbortSignal): Promise<DiffResult> {
    return wholeTable(
      (page) => this.panel.host.request('whyalive/diff', { ...params, ...page }, signal),
      signal,
    );
  }

  private draw(): void {
    const { result, subject } = this;
    if (result === undefined || subject === undefined) {
      return;
    }
    const columns = diffColumns(result).map((column, index) =>
      index === 0 ? this.linked(column, subject.snapshot) : column,
    );
    const { sort, filter } = subject.view.compare;
    const name = ({ label }: DiffRow): string => label;
    const { growth, objects } = result;
    const summary = [
      `${formatGrowth(growth.count)} objects`,
      signedBytes(growth.size),
      ...(objects === undefined
        ? []
        : [`${formatCount(objects.added)} new, ${formatCount(objects.gone)} gone`]),
    ];
    this.groups.show({ rows: result.rows, columns, sort, name, filter, summary });
  }

  private askTimeline(): void {
    const { subject, result, followed } = this;
    if (subject === undefined || result === undefined) {
      return;
    }
    const { session, snapshot } = subject;
    const pid = session.snapshots.find((one) => one.snapshot === snapshot)?.pid;
    const series = session.snapshots.filter((one) => one.pid === pid);
    if (series.length < leastForTimeline) {
      this.chart.replaceChildren();
      return;
    }
    const name = followed?.signature ?? followed?.label;
    const params = {
      snapshot,
      series: name === undefined ? [] : [{ by: result.by, name }],
    };
    const key = JSON.stringify([params, series.map((one) => one.snapshot), result.snapshots]);
    this.timeline.ask(key, (signal) =>
      this.panel.host.request('whyalive/timeline', params, signal),
    );
  }

  private drawTimeline({ snapshots, total, series }: TimelineResult): void {
    const compared = this.result?.snapshots ?? [];
    const chart = (
      title: string,
      points: readonly TimelinePoint[],
      value: (point: TimelinePoint) => number,
      format: (value: number) => string,
    ): HTMLElement =>
      timelineChart(
        title,
        snapshots.map(({ snapshot, time }, index) => {
          const figure = value(points[index] ?? { count: 0, size: 0, retained: 0 });
          const chosen = compared.includes(snapshot);
          return { time, snapshot, value: figure, text: format(figure), chosen };
        }),
      );
    const line = ({ by, label, points }: TimelineSeries): HTMLElement[] => [
      chart(`${by === 'holder' ? 'Entries' : 'Count'} of ${label}`, points, countOf, formatCount),
    ];
    this.chart.replaceChildren(
      chart('Bytes of all objects', total, ({ size }) => size, formatBytes),
      ...series.flatMap(line),
    );
  }

  private linked(column: TableColumn<DiffRow>, snapshot: string): TableColumn<DiffRow> {
    const cell = (row: DiffRow): Node | string => {
      const id = row.holder?.id;
      if (id !== undefined) {
        return link(row.label, () => {
          this.panel.inspect(id, snapshot);
        });
      }
      const named = row.label.includes(row.type);
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

  private actionsOf(row: DiffRow): Node[] {
    const { subject, result } = this;
    const isGroup = result !== undefined && ['kind', 'type', 'module'].includes(result.by);
    if (subject === undefined || !isGroup) {
      return [];
    }
    const set = { row: { by: result.by, kind: row.label }, snapshot: subject.snapshot };
    const showNew = (): void => {
      this.open(row);
    };
    return [
      h('code', {}, row.label),
      h('button', { class: 'secondary', onclick: showNew }, 'Show the new ones'),
      setActions(this.panel, set, row.label, row.type),
    ];
  }
}

function countOf({ count }: TimelinePoint): number {
  return count;
}

/** The snapshots chosen, as far as they exist; without a choice the one before. Oldest first. */
export function sinceOf({ session, view, snapshot, since }: Subject): string[] {
  const chosen = view.compare.since ?? (since === null ? [] : [since]);
  return session.snapshots
    .map((one) => one.snapshot)
    .filter((one) => one !== snapshot && chosen.includes(one));
}

export function createCompare(panel: Panel): Tab {
  return new Compare(panel);
}

/** The heap panel: header with the snapshots to look at, tabs, and what to do while there is none. */
import { programName } from '../model/format.ts';
import { snapshotDescription, snapshotLabel } from '../model/snapshot-text.ts';
import type { SessionState } from '../session.ts';
import { h } from './dom.ts';
import { Host } from './host.ts';
import { createKinds } from './kinds.ts';
import type { PanelCommand, PanelView, TabName } from './messages.ts';
import { createOverview } from './overview.ts';
import { subjectOf } from './subject.ts';
import { createSuspects } from './suspects.ts';
import type { Panel, Tab } from './tab.ts';

/** The value of the option that follows a rule instead of naming a snapshot. */
const automatic = 'automatic';

const freshView: PanelView = {
  tab: 'overview',
  snapshot: null,
  since: null,
  by: 'kind',
  filter: '',
  sort: { column: 'size', descending: true },
};

class HeapPanel implements Panel {
  readonly host: Host;
  private view: PanelView;
  private session: SessionState | undefined;
  private readonly tabs: Record<TabName, Tab>;
  private readonly title = h('h1');
  private readonly snapshot = this.chooser('snapshot', 'Snapshot to look at');
  private readonly since = this.chooser('since', 'Snapshot to compare with');
  private readonly take = this.commandButton('Take snapshot', 'whyalive.takeSnapshot');
  private readonly tabList = h('div', { role: 'tablist', 'aria-label': 'Views of the heap' });
  private readonly content = h('main', { id: 'content', role: 'tabpanel' });

  constructor() {
    this.host = new Host(
      (session) => {
        this.session = session;
        this.draw();
      },
      (view) => {
        this.change(view);
      },
    );
    this.view = { ...freshView, ...this.host.keptView() };
    this.tabs = {
      overview: createOverview(this),
      kinds: createKinds(this),
      suspects: createSuspects(this),
    };
    const snapshot = h('label', {}, 'Snapshot ', this.snapshot);
    const since = h('label', {}, 'since ', this.since);
    document.body.append(
      h('header', {}, this.title, snapshot, since, this.take),
      this.tabList,
      this.content,
    );
    this.host.ready();
  }

  change(view: Partial<PanelView>): void {
    this.view = { ...this.view, ...view };
    this.host.keepView(this.view);
    this.draw();
  }

  private draw(): void {
    const { session } = this;
    if (session === undefined) {
      return;
    }
    const { target } = session;
    this.title.textContent =
      target === null ? 'Heap' : `${programName(target.command)} ${target.pid}`;
    this.take.disabled = target?.alive !== true || session.snapshotRunning;
    fillChooser(this.snapshot, session, { [automatic]: 'the current one' }, this.view.snapshot);
    const sinceNone = { [automatic]: 'the one before', '': 'nothing' };
    fillChooser(this.since, session, sinceNone, this.view.since);
    this.drawTabs();
    const subject = subjectOf(session, this.view);
    if (subject === undefined) {
      this.content.replaceChildren(this.welcome(target?.alive === true));
      return;
    }
    const tab = this.tabs[this.view.tab];
    if (this.content.firstChild !== tab.element) {
      this.content.replaceChildren(tab.element);
    }
    this.content.setAttribute('aria-labelledby', `tab-${this.view.tab}`);
    tab.show(subject);
  }

  private drawTabs(): void {
    const names = Object.keys(this.tabs) as TabName[];
    const select = (name: TabName): void => {
      this.change({ tab: name });
      document.getElementById(`tab-${name}`)?.focus();
    };
    const button = (name: TabName, index: number): HTMLElement => {
      const selected = name === this.view.tab;
      const onkeydown = ({ key }: KeyboardEvent): void => {
        const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
        const next = names.at((index + step) % names.length);
        if (step !== 0 && next !== undefined) {
          select(next);
        }
      };
      const onclick = (): void => {
        select(name);
      };
      const properties = {
        id: `tab-${name}`,
        role: 'tab',
        'aria-selected': selected ? 'true' : 'false',
        'aria-controls': 'content',
        tabindex: selected ? 0 : -1,
        onclick,
        onkeydown,
      };
      return h('button', properties, this.tabs[name].title);
    };
    this.tabList.replaceChildren(...names.map(button));
  }

  private chooser(field: 'snapshot' | 'since', label: string): HTMLSelectElement {
    const onchange = (): void => {
      this.change({ [field]: chooser.value === automatic ? null : chooser.value });
    };
    const chooser = h('select', { 'aria-label': label, onchange });
    return chooser;
  }

  private commandButton(title: string, command: PanelCommand): HTMLButtonElement {
    const onclick = (): void => {
      this.host.run(command);
    };
    return h('button', { onclick }, title);
  }

  private welcome(attached: boolean): HTMLElement {
    return attached
      ? h(
          'div',
          { class: 'welcome' },
          h(
            'p',
            {},
            'A snapshot freezes a copy of the process’s memory; the process itself stops only for milliseconds.',
          ),
          this.commandButton('Take snapshot', 'whyalive.takeSnapshot'),
        )
      : h(
          'div',
          { class: 'welcome' },
          h(
            'p',
            {},
            'Attach to a running Python process to see what its memory is made of, and why it stays.',
          ),
          this.commandButton('Attach to Python process…', 'whyalive.attach'),
        );
  }
}

function fillChooser(
  chooser: HTMLSelectElement,
  { snapshots }: SessionState,
  rules: Record<string, string>,
  chosen: string | null,
): void {
  const texts = { ...rules };
  for (const snapshot of snapshots) {
    texts[snapshot.snapshot] = `${snapshotLabel(snapshot)} · ${snapshotDescription(snapshot)}`;
  }
  const options = Object.entries(texts).map(([value, text]) => h('option', { value }, text));
  chooser.replaceChildren(...options);
  chooser.value = chosen !== null && chosen in texts ? chosen : automatic;
}

new HeapPanel();

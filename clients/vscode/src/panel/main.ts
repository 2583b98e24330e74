/** The heap panel: header with the snapshots to look at, tabs, and what to do while there is none. */
import { programName } from '../model/format.ts';
import { snapshotDescription, snapshotLabel } from '../model/snapshot-text.ts';
import type { SessionState } from '../session.ts';
import type { ObjectSet } from '../wire.ts';
import { ClassLinks } from './class-links.ts';
import { createCompare } from './compare.ts';
import { createCycles } from './cycles.ts';
import { h } from './dom.ts';
import { createDominators } from './dominators.ts';
import { Host } from './host.ts';
import { createKinds } from './kinds.ts';
import {
  freshView,
  type PanelCommand,
  type PanelView,
  type PictureQuery,
  tabNames,
  type TabName,
} from './messages.ts';
import { createObject } from './object.ts';
import { createOverview } from './overview.ts';
import { createPicture } from './picture.ts';
import { createSql } from './sql.ts';
import { subjectOf } from './subject.ts';
import { createSuspects } from './suspects.ts';
import type { Panel, Tab } from './tab.ts';
import { Trail } from './trail.ts';
import { createWhy } from './why.ts';

/** The value of the option that follows a rule instead of naming a snapshot. */
const automatic = 'automatic';

class HeapPanel implements Panel {
  readonly host: Host;
  readonly classes = new ClassLinks(async (snapshot, types) => {
    const { classes } = await this.host.request('whyalive/classes', { snapshot, types });
    return new Set(classes.map(({ type }) => type));
  });
  private view: PanelView;
  private session: SessionState | undefined;
  private readonly sql = createSql(this);
  private readonly tabs: Record<TabName, Tab>;
  private readonly trail = new Trail<PanelView>();
  private readonly title = h('h1');
  private readonly snapshot = this.chooser('snapshot', 'Snapshot to look at');
  private readonly since = this.chooser('since', 'Snapshot to compare with');
  private readonly take = this.commandButton('Take snapshot', 'whyalive.takeSnapshot');
  private readonly back = this.arrow('←', 'Back (Alt+Left)', () => this.trail.back(this.view));
  private readonly forward = this.arrow('→', 'Forward (Alt+Right)', () =>
    this.trail.forward(this.view),
  );
  private readonly tabList = h('div', { role: 'tablist', 'aria-label': 'Views of the heap' });
  private readonly content = h('div', { id: 'content', role: 'tabpanel', tabindex: -1 });
  private readonly message = h('div', { class: 'message', role: 'status' });

  constructor() {
    this.host = new Host({
      onState: (session) => {
        this.session = session;
        this.draw();
      },
      onShow: (view) => {
        this.go(view);
      },
      onHistory: (queries) => {
        this.sql.remember(queries);
      },
    });
    const kept = this.host.keptView();
    this.view = {
      ...freshView,
      ...kept,
      compare: { ...freshView.compare, ...kept?.compare },
    };
    this.tabs = {
      overview: createOverview(this),
      kinds: createKinds(this),
      suspects: createSuspects(this),
      why: createWhy(this),
      dominators: createDominators(this),
      compare: createCompare(this),
      cycles: createCycles(this),
      object: createObject(this),
      picture: createPicture(this),
      sql: this.sql,
    };
    const snapshot = h('label', {}, 'Snapshot ', this.snapshot);
    const since = h('label', {}, 'since ', this.since);
    document.body.append(
      h('div', { class: 'busy', 'aria-hidden': 'true' }),
      h('header', {}, this.back, this.forward, this.title, snapshot, since, this.take),
      h('main', {}, this.tabList, this.content, this.message),
    );
    document.addEventListener('keydown', (event) => {
      if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
        event.preventDefault();
        (event.key === 'ArrowLeft' ? this.back : this.forward).click();
      }
    });
    this.keepFocus();
    this.reportPaints();
    this.host.ready();
  }

  change(view: Partial<PanelView>): void {
    this.view = { ...this.view, ...view };
    this.host.keepView(this.view);
    this.say('');
    this.draw();
  }

  go(view: Partial<PanelView>): void {
    this.trail.leave(this.view);
    this.change(view);
  }

  inspect(id: number, snapshot: string): void {
    this.go({ tab: 'object', focus: { id, snapshot } });
  }

  list(set: ObjectSet, title: string): void {
    this.go({ tab: 'object', focus: { set, title, snapshot: set.snapshot ?? null } });
  }

  why(why: ObjectSet): void {
    this.go({ tab: 'why', why });
  }

  picture(picture: PictureQuery): void {
    this.go({ tab: 'picture', picture });
  }

  /** Asked anew: the file may have been edited since its name was drawn. */
  goToClass(type: string, snapshot: string): void {
    this.host.request('whyalive/classes', { types: [type], snapshot }).then(
      ({ classes: [found] }) => {
        if (found === undefined) {
          this.say(`No source of ${type} is known any more.`);
        } else {
          this.host.open(found.location);
        }
      },
      (error: unknown) => {
        this.say(error instanceof Error ? error.message : String(error));
      },
    );
  }

  say(message: string): void {
    this.message.textContent = message;
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
    this.back.disabled = !this.trail.canGoBack;
    this.forward.disabled = !this.trail.canGoForward;
    const subject = subjectOf(session, this.view);
    const current = rule('the current one', session.current);
    fillChooser(this.snapshot, session, { [automatic]: current }, this.view.snapshot);
    const before = subjectOf(session, { ...this.view, since: null })?.since ?? null;
    const sinceRules = { [automatic]: rule('the one before', before), '': 'nothing' };
    fillChooser(this.since, session, sinceRules, this.view.since);
    this.drawTabs();
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
    if (this.tabList.childElementCount === 0) {
      this.tabList.replaceChildren(...tabNames.map((name, index) => this.tabButton(name, index)));
    }
    for (const name of tabNames) {
      const button = document.getElementById(`tab-${name}`);
      const selected = name === this.view.tab;
      button?.setAttribute('aria-selected', selected ? 'true' : 'false');
      button?.setAttribute('tabindex', selected ? '0' : '-1');
    }
  }

  private tabButton(name: TabName, index: number): HTMLElement {
    const select = (tab: TabName): void => {
      this.change({ tab });
      document.getElementById(`tab-${tab}`)?.focus();
    };
    const onkeydown = ({ key, altKey }: KeyboardEvent): void => {
      const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
      const next = tabNames.at((index + step) % tabNames.length);
      if (step !== 0 && !altKey && next !== undefined) {
        select(next);
      }
    };
    const onclick = (): void => {
      select(name);
    };
    const properties = {
      id: `tab-${name}`,
      role: 'tab',
      'aria-controls': 'content',
      onclick,
      onkeydown,
    };
    return h('button', properties, this.tabs[name].title);
  }

  /** Who leaves a row or a link by keyboard is on what it led to, not at the top of the page. */
  private keepFocus(): void {
    let inside = false;
    document.addEventListener('focusin', ({ target }) => {
      inside = target instanceof Node && this.content.contains(target);
    });
    document.addEventListener('pointerdown', () => {
      inside = false;
    });
    new MutationObserver(() => {
      // While somebody types elsewhere in the editor, the focus stays there.
      if (inside && document.hasFocus() && document.activeElement === document.body) {
        this.content.focus({ preventScroll: true });
      }
    }).observe(this.content, { childList: true, subtree: true });
  }

  /** How long a tab takes from its answer to the picture of it: for the log. */
  private reportPaints(): void {
    window.addEventListener('message', ({ data, timeStamp }: MessageEvent<{ type: string }>) => {
      if (data.type !== 'result') {
        return;
      }
      const { tab } = this.view;
      requestAnimationFrame(() => {
        requestAnimationFrame(() => {
          const painted = performance.measure(`painted ${tab}`, { start: timeStamp });
          this.host.painted(tab, painted.duration);
        });
      });
    });
  }

  private chooser(field: 'snapshot' | 'since', label: string): HTMLSelectElement {
    const onchange = (): void => {
      this.change({ [field]: chooser.value === automatic ? null : chooser.value });
    };
    const chooser = h('select', { 'aria-label': label, onchange });
    return chooser;
  }

  private arrow(text: string, title: string, to: () => PanelView | undefined): HTMLButtonElement {
    const onclick = (): void => {
      const view = to();
      if (view !== undefined) {
        this.change(view);
      }
    };
    return h('button', { class: 'icon', title, 'aria-label': title, onclick }, text);
  }

  private commandButton(title: string, command: PanelCommand): HTMLButtonElement {
    const onclick = (): void => {
      this.host.run(command);
    };
    return h('button', { onclick }, title);
  }

  private welcome(attached: boolean): HTMLElement {
    return h(
      'div',
      { class: 'welcome' },
      h(
        'p',
        {},
        attached
          ? 'A snapshot freezes a copy of the process’s memory; the process itself stops only for milliseconds.'
          : 'Attach to a running Python process to see what its memory is made of, and why it stays.',
      ),
      attached
        ? this.commandButton('Take snapshot', 'whyalive.takeSnapshot')
        : this.commandButton('Attach to Python process…', 'whyalive.attach'),
      this.commandButton('Open snapshot file…', 'whyalive.openSnapshot'),
    );
  }
}

/** What a rule comes to now. */
function rule(text: string, snapshot: string | null): string {
  return snapshot === null ? text : `${text} (${snapshot})`;
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

/** A tab of the panel: shows one question asked of one snapshot, and asks again when that changes. */
import type { Host } from './host.ts';
import type { PanelView } from './messages.ts';
import type { Subject } from './subject.ts';

export interface Panel {
  host: Host;
  /** Changes what is shown; the tab in sight is told. */
  change: (view: Partial<PanelView>) => void;
}

export interface Tab {
  title: string;
  element: HTMLElement;
  show: (subject: Subject) => void;
}

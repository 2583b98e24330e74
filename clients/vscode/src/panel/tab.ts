/** A tab of the panel: shows one question asked of one snapshot, and asks again when that changes. */
import type { ObjectSet } from '../wire.ts';
import type { ClassLinks } from './class-links.ts';
import type { Host } from './host.ts';
import type { PanelView, PictureQuery } from './messages.ts';
import type { Subject } from './subject.ts';

export interface Panel {
  host: Host;
  /** Changes what is shown; the tab in sight is told. */
  change: (view: Partial<PanelView>) => void;
  /** Goes somewhere else: as `change`, and the way back leads here. */
  go: (view: Partial<PanelView>) => void;
  inspect: (id: number, snapshot: string) => void;
  list: (set: ObjectSet, title: string) => void;
  why: (set: ObjectSet) => void;
  picture: (query: PictureQuery) => void;
  /** Which names of classes lead somewhere. */
  classes: ClassLinks;
  goToClass: (type: string, snapshot: string) => void;
  /** A word for the reader, at the foot of the panel and to screen readers. */
  say: (message: string) => void;
}

export interface Tab {
  title: string;
  element: HTMLElement;
  show: (subject: Subject) => void;
}

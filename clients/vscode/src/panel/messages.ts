/** What the heap panel and the extension say to each other. */
import type { SessionState } from '../session.ts';
import type { Requests, SourceLocation } from '../wire.ts';

/** The methods a panel may ask the server for; the extension refuses any other. */
export const panelMethods = ['whyalive/partition', 'whyalive/suspects'] as const;
export type PanelMethod = (typeof panelMethods)[number];

/** The commands its buttons run. */
export const panelCommands = [
  'whyalive.attach',
  'whyalive.takeSnapshot',
  'whyalive.jumpToLeakingCode',
] as const;
export type PanelCommand = (typeof panelCommands)[number];

export type ToExtension =
  | { type: 'ready' }
  | { type: 'request'; id: number; method: PanelMethod; params: Requests[PanelMethod]['params'] }
  | { type: 'open'; location: SourceLocation }
  | { type: 'command'; command: PanelCommand };

export type ToPanel =
  | { type: 'state'; state: SessionState }
  | { type: 'show'; view: Partial<PanelView> }
  | { type: 'result'; id: number; result: unknown }
  | { type: 'failure'; id: number; message: string };

export type TabName = 'overview' | 'kinds' | 'suspects';

/** What the panel shows: kept by the editor, so that a reload comes back to it. */
export interface PanelView {
  tab: TabName;
  /** Snapshot shown; null follows the current one. */
  snapshot: string | null;
  /** Snapshot compared with; null: the one before of the same process; empty: none. */
  since: string | null;
  by: string;
  filter: string;
  sort: { column: string; descending: boolean };
}

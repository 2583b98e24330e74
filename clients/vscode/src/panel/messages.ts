/** What the heap panel and the extension say to each other. */
import type { SessionState } from '../session.ts';
import type { GraphParams, ObjectSet, Requests, SourceLocation } from '../wire.ts';
import type { Sort } from './table-model.ts';

/** The methods a panel may ask the server for; the extension refuses any other. */
export const panelMethods = [
  'whyalive/partition',
  'whyalive/suspects',
  'whyalive/objects',
  'whyalive/object',
  'whyalive/classes',
  'whyalive/referrers',
  'whyalive/referents',
  'whyalive/paths',
  'whyalive/dominators',
  'whyalive/flame',
  'whyalive/diff',
  'whyalive/timeline',
  'whyalive/cycles',
  'whyalive/sql',
  'whyalive/sqlSchema',
  'whyalive/graph',
  'whyalive/memory',
  'whyalive/evaluate',
] as const;
export type PanelMethod = (typeof panelMethods)[number];

/** The commands its buttons run. */
export const panelCommands = [
  'whyalive.attach',
  'whyalive.takeSnapshot',
  'whyalive.openSnapshot',
  'whyalive.jumpToLeakingCode',
  'whyalive.showLog',
] as const;
export type PanelCommand = (typeof panelCommands)[number];

export interface SavedFile {
  name: string;
  content: string;
  encoding: 'utf8' | 'base64';
}

export type ToExtension =
  | { type: 'ready' }
  | { type: 'request'; id: number; method: PanelMethod; params: Requests[PanelMethod]['params'] }
  | { type: 'cancel'; id: number }
  | { type: 'open'; location: SourceLocation }
  | { type: 'command'; command: PanelCommand }
  | { type: 'console'; object: number; inSnapshot: string }
  | { type: 'save'; file: SavedFile }
  | { type: 'asked'; sql: string }
  | { type: 'painted'; tab: TabName; milliseconds: number };

export type ToPanel =
  | { type: 'state'; state: SessionState }
  | { type: 'show'; view: Partial<PanelView> }
  | { type: 'history'; queries: string[] }
  | { type: 'result'; id: number; result: unknown }
  | { type: 'failure'; id: number; message: string };

export const tabNames = [
  'overview',
  'kinds',
  'suspects',
  'why',
  'dominators',
  'compare',
  'cycles',
  'object',
  'picture',
  'sql',
] as const;
export type TabName = (typeof tabNames)[number];

/** What the *Object* tab shows: one object, or the list of a set's. Ids mean nothing without a snapshot. */
export type Focus =
  { id: number; snapshot: string } | { set: ObjectSet; title: string; snapshot: string | null };

export type PictureQuery = Pick<
  GraphParams,
  | 'objects'
  | 'type'
  | 'count'
  | 'direction'
  | 'depth'
  | 'fanOut'
  | 'merged'
  | 'refcounts'
  | 'expanded'
> & { snapshot?: string };

/** What the panel shows: kept by the editor, so that a reload comes back to it. */
export interface PanelView {
  tab: TabName;
  /** Snapshot shown; null follows the current one. */
  snapshot: string | null;
  /** Snapshot compared with; null: the one before of the same process; empty: none. */
  since: string | null;
  by: string;
  filter: string;
  sort: Sort;
  /** Whose retaining paths are shown. */
  why: ObjectSet | null;
  focus: Focus | null;
  order: string;
  dominators: { shape: 'tree' | 'flame'; by: string };
  /** A node of the flame graph that is shown as its bottom. */
  flameUnder: string | null;
  compare: { by: string; all: boolean; since: string[] | null; sort: Sort; filter: string };
  cycles: string;
  picture: PictureQuery | null;
  sql: string;
  sqlLimit: number;
}

export const freshView: PanelView = {
  tab: 'overview',
  snapshot: null,
  since: null,
  by: 'kind',
  filter: '',
  sort: { column: 'size', descending: true },
  why: null,
  focus: null,
  order: 'retained',
  dominators: { shape: 'tree', by: 'object' },
  flameUnder: null,
  compare: {
    by: 'kind',
    all: false,
    since: null,
    sort: { column: 'grownSize', descending: true },
    filter: '',
  },
  cycles: '',
  picture: null,
  sql: 'SELECT type, count(*) AS objects, sum(size) AS bytes\nFROM objects\nGROUP BY type\nORDER BY bytes DESC\nLIMIT 50',
  sqlLimit: 1000,
};

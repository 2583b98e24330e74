/**
 * What is asked of a snapshot, as it stands on the wire: objects, paths, dominators, differences, cycles,
 * SQL, pictures, memory (docs/protocol.md).
 */
import type { Amount, Holder, HolderStep, SourceLocation, SuspectType } from './wire.ts';

/** A set of objects: what fits all of these. */
export interface ObjectSet {
  objects?: number[];
  type?: string;
  row?: { by: string; kind: string };
  where?: string;
  newSince?: string;
  snapshot?: string;
}

export interface ObjectsParams extends ObjectSet {
  order?: string;
  offset?: number;
  limit?: number;
}

export interface ObjectRow {
  id: number;
  address: string;
  type: string;
  kind: string;
  size: number;
  retained: number;
  entries?: number;
  value?: string;
  expression?: string;
}

export interface ObjectsResult {
  snapshot: string;
  total: { count: number; size: number; retained: number };
  rows: ObjectRow[];
}

export interface ReferencesParams {
  object: number;
  snapshot?: string;
  offset?: number;
  limit?: number;
}

export interface ReferenceRow {
  label: string;
  kind: string;
  name?: string;
  key?: number;
  count: number;
  object: ObjectRow;
  owner?: ObjectRow;
}

export interface ReferencesResult {
  snapshot: string;
  object: number;
  rowCount: number;
  rows: ReferenceRow[];
}

export interface ObjectParams {
  id?: number;
  address?: string;
  snapshot?: string;
  offset?: number;
  limit?: number;
}

export interface ObjectResult {
  snapshot: string;
  object: ObjectRow;
  nativeSize: number;
  refcount: number;
  nativeReferences?: number;
  reachable: boolean;
  root?: string;
  dominator?: number;
  text?: { text: string; length: number; cut: boolean };
  live?: { value: string };
  referrerCount: number;
  fieldCount: number;
  rows: ReferenceRow[];
  holder?: Holder;
  locations: SourceLocation[];
}

export interface ClassesParams {
  types: string[];
  snapshot?: string;
}

export interface ClassesResult {
  snapshot: string;
  classes: { type: string; location: SourceLocation }[];
}

export interface PathsParams extends ObjectSet {
  count?: number;
}

export interface RetainingPath {
  expression: string;
  count: number;
  ways: number;
  retained: number;
  example: ObjectRow;
  steps: HolderStep[];
}

export interface PathTreeNode {
  /** Position in `tree`; absent at a root. */
  parent?: number;
  label: string;
  kind: string;
  type: string;
  id?: number;
  count: number;
  retained: number;
  paths: number[];
}

export interface PathsResult {
  snapshot: string;
  objects: number;
  unreachable: number;
  pathCount: number;
  more: boolean;
  paths: RetainingPath[];
  tree: PathTreeNode[];
}

export interface DominatorsParams {
  object?: number;
  kinds?: string[];
  by?: string;
  snapshot?: string;
  offset?: number;
  limit?: number;
}

export interface DominatorRow {
  kind: string;
  count: number;
  size: number;
  retained: number;
  children: number;
  object?: ObjectRow;
}

export interface DominatorsResult {
  snapshot: string;
  count: number;
  size: number;
  retained: number;
  rowCount: number;
  rows: DominatorRow[];
}

export interface FlameParams {
  under?: string;
  maxNodes?: number;
  snapshot?: string;
}

export interface FlameNode {
  parent?: number;
  label: string;
  type: string;
  count: number;
  size: number;
  totalCount: number;
  totalSize: number;
  signature: string;
  id?: number;
  hidden: number;
}

export interface FlameResult {
  snapshot: string;
  nodeCount: number;
  nodes: FlameNode[];
}

export interface DiffParams {
  snapshot?: string;
  since?: string[];
  by?: string;
  all?: boolean;
  offset?: number;
  limit?: number;
}

export interface Survival {
  survived: number;
  added: number;
  gone: number;
  uncertain: number;
}

export interface DiffRow {
  label: string;
  type: string;
  signature?: string;
  holder?: Holder;
  counts: number[];
  sizes: number[];
  growth: Amount;
  grewAlways: boolean;
  objects?: Survival;
}

export interface TimelineParams {
  snapshot?: string;
  series?: { by: string; name: string }[];
}

export interface TimelinePoint {
  count: number;
  size: number;
  retained: number;
}

export interface TimelineSeries {
  by: string;
  name: string;
  label: string;
  points: TimelinePoint[];
}

export interface TimelineResult {
  snapshots: { snapshot: string; time: number }[];
  total: TimelinePoint[];
  series: TimelineSeries[];
}

export interface DiffResult {
  snapshots: string[];
  by: string;
  counts: number[];
  sizes: number[];
  growth: Amount;
  objects?: Survival;
  rowCount: number;
  rows: DiffRow[];
}

export interface CyclesParams {
  state?: string;
  snapshot?: string;
  offset?: number;
  limit?: number;
}

export interface CycleTotal {
  cycles: number;
  objects: number;
  retained: number;
}

export interface CycleRow extends CycleTotal {
  state: string;
  expression: string;
  size: number;
  types: SuspectType[];
  finalizers: string[];
  holder?: string;
  ring: { object: ObjectRow; label: string; kind: string; name?: string }[];
  cut?: { step: number; type: string; attribute: string; breaks: boolean; reason: string };
}

export interface CyclesResult {
  snapshot: string;
  collector: { enabled?: boolean; thresholds: number[]; runs: boolean };
  garbage: CycleTotal;
  live: CycleTotal;
  rowCount: number;
  rows: CycleRow[];
}

export interface SqlParams {
  sql: string;
  snapshot?: string;
  limit?: number;
  timeoutMs?: number;
}

export type SqlValue = null | number | string | { blob: string };

export interface SqlColumn {
  name: string;
  /** `object`, `bytes`, `address`, `integer`, `flag`, `text` or `any`. */
  type: string;
}

export interface SqlResult {
  snapshot: string;
  columns: SqlColumn[];
  rows: SqlValue[][];
  truncated: boolean;
  visited: number;
  notes: string[];
}

export interface SqlSchema {
  tables: {
    name: string;
    meaning: string;
    columns: { name: string; type: string; meaning: string; hidden: boolean }[];
  }[];
  functions: { name: string; arguments: string; meaning: string }[];
}

export interface GraphParams {
  objects?: number[];
  type?: string;
  count?: number;
  snapshot?: string;
  /** `backrefs`, `refs` or `chain`. */
  direction?: string;
  depth?: number;
  fanOut?: number;
  maxNodes?: number;
  merged?: boolean;
  refcounts?: boolean;
  expanded?: number[];
  theme?: string;
  transparent?: boolean;
  /** `svg`, `png`, `pdf` or `dot`. */
  format?: string;
}

export interface GraphNode {
  node: string;
  object: number | null;
  type: string;
  title: string;
  count: number;
  target: boolean;
  root: boolean;
  holder: boolean;
  expandable: boolean;
}

export interface GraphResult {
  snapshot: string;
  format: string;
  content: string;
  merged: boolean;
  note: string;
  nodes: GraphNode[];
  edges: {
    from: string;
    to: string;
    label: string;
    count: number;
    cycle: boolean;
    suspected: boolean;
  }[];
}

export interface MemoryResult {
  pid: number;
  rss: number;
  peak: number;
  swapped: number;
  private: number;
  threads: number;
  parts: { part: string; bytes: number }[];
  files: { path: string; bytes: number }[];
  objects?: { snapshot: string; count: number; bytes: number; time: number };
  arenas?: { arenas: number; bytes: number; inUse: number; unusedPools: number };
  malloc?: { inUse: number; mapped: number; free: number };
  collector?: { enabled: boolean; thresholds: number[]; counts: number[] };
  notes: string[];
}

export interface EvaluateParams {
  snapshot?: string;
  expression?: string;
  mode?: string;
  object?: number;
  limit?: number;
  timeoutMs?: number;
}

export interface CutText {
  text: string;
  length: number;
  cut: boolean;
}

export interface EvaluateResult {
  snapshot: string;
  value: { type: string; repr: CutText; text?: CutText; id?: number } | null;
  output: string;
  error: { kind: string; type?: string; message: string; traceback?: string } | null;
  elapsedMs: number;
}

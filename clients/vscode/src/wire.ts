/**
 * The whyalive/* messages as they stand on the wire: docs/protocol.md in types, and nothing else.
 *
 * View types live beside their views. Enums that may grow on the server's side are plain strings here,
 * and whoever shows them treats an unknown one as text.
 */
import type {
  ClassesParams,
  ClassesResult,
  CyclesParams,
  CyclesResult,
  DiffParams,
  DiffResult,
  TimelineParams,
  TimelineResult,
  DominatorsParams,
  DominatorsResult,
  EvaluateParams,
  EvaluateResult,
  FlameParams,
  FlameResult,
  GraphParams,
  GraphResult,
  MemoryResult,
  ObjectParams,
  ObjectResult,
  ObjectsParams,
  ObjectsResult,
  PathsParams,
  PathsResult,
  ReferencesParams,
  ReferencesResult,
  SqlParams,
  SqlResult,
  SqlSchema,
} from './wire-questions.ts';

export type * from './wire-questions.ts';

export interface ProcessInfo {
  pid: number;
  parentPid: number;
  command: string;
  python: string;
  rss: number;
  user: string;
  /** `loaded`, `absent`, `unsupported` or `foreign`. */
  agent: string;
  note: string;
}

export interface ProcessesResult {
  processes: ProcessInfo[];
}

export interface AttachParams {
  pid: number;
  /** False: join only an agent that is there already. */
  load?: boolean;
}

export interface AttachResult {
  pid: number;
  python: string;
  executable: string;
  command: string[];
  agentVersion: string;
}

export interface CountsParams {
  pid?: number;
  limit?: number;
}

export interface CountsResult {
  pid: number;
  /** Milliseconds since the epoch. */
  time: number;
  objects: number;
  bytes: number;
  rss: number;
  stoppedMs: number;
  waitedMs: number;
  /** The same counts come again when asked sooner. */
  nextMs: number;
  typeCount: number;
  types: { type: string; count: number; bytes: number }[];
}

export interface SnapshotParams {
  pid?: number;
  label?: string;
  /** Walk the process itself, which stops meanwhile; left out: as the setting says. */
  inProcess?: boolean;
}

export interface SnapshotResult {
  snapshot: string;
  label: string;
  pid: number;
  /** Milliseconds since the epoch. */
  time: number;
  objects: number;
  bytes: number;
  stoppedMs: number;
  waitedMs: number;
  walkMs: number;
  analysisMs: number;
  copy?: FrozenCopy;
  /** What taking it did to the process; empty where a copy was walked. */
  warning?: string;
}

export interface OpenSnapshotParams {
  path: string;
  label?: string;
}

export interface SaveSnapshotParams {
  snapshot: string;
  path: string;
}

export interface SaveSnapshotResult {
  bytes: number;
}

export interface Amount {
  count: number;
  size: number;
}

export interface PartitionParams {
  snapshot?: string;
  by?: string;
  since?: string;
  offset?: number;
  limit?: number;
}

export interface PartitionRow {
  index: number;
  kind: string;
  type: string;
  count: number;
  size: number;
  retained: number;
  atLeast?: boolean;
  growth?: Amount;
}

export interface PartitionResult {
  snapshot: string;
  by: string;
  total: Amount & { growth?: Amount };
  rowCount: number;
  rows: PartitionRow[];
}

export interface SuspectsParams {
  snapshot?: string;
  since?: string[];
}

export interface SuspectType {
  type: string;
  count: number;
  bytes: number;
}

export interface HolderStep {
  kind: string;
  name: string;
  type?: string;
  id?: number;
}

export interface Holder {
  expression: string;
  type: string;
  id?: number;
  steps: HolderStep[];
}

export interface SourceLocation {
  /** `define`, `store`, `capture`, `suspend`, `decorator` or `allocate`. */
  role: string;
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-8 bytes. */
  column: number;
  function: string;
  text: string;
}

export interface Suspect {
  rank: number;
  kind: string;
  title: string;
  signature: string;
  types: SuspectType[];
  count: number;
  retained: number;
  growth?: { count: number; bytes: number };
  note: string;
  holder: Holder;
  /** Keep the same objects: emptying one of them frees nothing. */
  jointHolders?: Holder[];
  locations: SourceLocation[];
}

export interface ClearedHolder {
  expression: string;
  type: string;
  retained: number;
  note: string;
}

export interface SuspectsResult {
  snapshot: string;
  suspects: Suspect[];
  cleared: ClearedHolder[];
}

export interface TargetState {
  pid: number;
  command: string;
  python: string;
  rss: number;
  alive: boolean;
}

export interface SnapshotState {
  snapshot: string;
  label: string;
  pid: number;
  time: number;
  objects: number;
  bytes: number;
  copy?: FrozenCopy;
}

export interface StateChangedParams {
  target: TargetState | null;
  snapshots: SnapshotState[];
  current: string | null;
  suspects: number;
}

/** What an error reply carries beside `code` and `message`. */
export interface ErrorData {
  kind: string;
  remedy?: string;
}

/** The frozen copy of the process that a snapshot was taken in: answers whyalive/evaluate. */
export interface FrozenCopy {
  pid: number;
  ownBytes: number;
  /** What the kernel does not keep code in it from, for people; empty where it has all that is needed. */
  warning: string;
}

/** Method name → params and result, for `Server.request`. */
export interface Requests {
  'whyalive/processes': { params: Record<string, never>; result: ProcessesResult };
  'whyalive/attach': { params: AttachParams; result: AttachResult };
  'whyalive/detach': { params: Partial<AttachParams>; result: Record<string, never> };
  'whyalive/counts': { params: CountsParams; result: CountsResult };
  'whyalive/snapshot': { params: SnapshotParams; result: SnapshotResult };
  'whyalive/openSnapshot': { params: OpenSnapshotParams; result: SnapshotResult };
  'whyalive/saveSnapshot': { params: SaveSnapshotParams; result: SaveSnapshotResult };
  'whyalive/partition': { params: PartitionParams; result: PartitionResult };
  'whyalive/suspects': { params: SuspectsParams; result: SuspectsResult };
  'whyalive/closeSnapshot': { params: { snapshot: string }; result: Record<string, never> };
  'whyalive/objects': { params: ObjectsParams; result: ObjectsResult };
  'whyalive/object': { params: ObjectParams; result: ObjectResult };
  'whyalive/classes': { params: ClassesParams; result: ClassesResult };
  'whyalive/referrers': { params: ReferencesParams; result: ReferencesResult };
  'whyalive/referents': { params: ReferencesParams; result: ReferencesResult };
  'whyalive/paths': { params: PathsParams; result: PathsResult };
  'whyalive/dominators': { params: DominatorsParams; result: DominatorsResult };
  'whyalive/flame': { params: FlameParams; result: FlameResult };
  'whyalive/diff': { params: DiffParams; result: DiffResult };
  'whyalive/timeline': { params: TimelineParams; result: TimelineResult };
  'whyalive/cycles': { params: CyclesParams; result: CyclesResult };
  'whyalive/sql': { params: SqlParams; result: SqlResult };
  'whyalive/sqlSchema': { params: Record<string, never>; result: SqlSchema };
  'whyalive/graph': { params: GraphParams; result: GraphResult };
  'whyalive/memory': { params: { pid?: number }; result: MemoryResult };
  'whyalive/releaseCopy': { params: { snapshot: string }; result: Record<string, never> };
  'whyalive/evaluate': { params: EvaluateParams; result: EvaluateResult };
}

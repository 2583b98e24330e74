/** Snapshots in words. */
import type { SnapshotResult, SnapshotState } from '../wire.ts';
import { formatBytes, formatClock, formatCount, formatMilliseconds } from './format.ts';

export function snapshotSummary(taken: SnapshotResult): string {
  const { snapshot, objects, bytes, stoppedMs } = taken;
  const stopped =
    stoppedMs > 0 ? `; the process stood still for ${formatMilliseconds(stoppedMs)}` : '';
  return `Snapshot ${snapshot}: ${formatCount(objects)} objects, ${formatBytes(bytes)}${stopped}`;
}

export function snapshotLabel({ snapshot, label }: SnapshotState): string {
  return label === '' ? snapshot : label;
}

export function snapshotDescription({ time, objects, bytes }: SnapshotState): string {
  return `${formatClock(time)} · ${formatCount(objects)} objects · ${formatBytes(bytes)}`;
}

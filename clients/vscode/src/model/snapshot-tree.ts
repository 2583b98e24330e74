/** The session's snapshots, newest first; the current one marked. */
import type { SnapshotState } from '../wire.ts';
import { formatBytes, formatCount, formatGrowth } from './format.ts';
import { plainText } from './markdown.ts';
import { snapshotDescription, snapshotLabel } from './snapshot-text.ts';
import type { TreeNode } from './tree-node.ts';

export interface SnapshotNode extends TreeNode {
  snapshot: SnapshotState;
}

export function snapshotTree(
  snapshots: readonly SnapshotState[],
  current: string | null,
): SnapshotNode[] {
  return snapshots
    .map((snapshot, index) => {
      const before = snapshots.slice(0, index).findLast(({ pid }) => pid === snapshot.pid);
      const isCurrent = snapshot.snapshot === current;
      return {
        id: `snapshot ${snapshot.snapshot}`,
        label: snapshotLabel(snapshot),
        description: snapshotDescription(snapshot),
        tooltip: tooltip(snapshot, before),
        icon: isCurrent ? 'circle-filled' : 'circle-outline',
        ...(isCurrent && { color: 'charts.green' }),
        context: `snapshot${isCurrent ? '.current' : ''}${snapshot.copy ? '.copy' : ''}`,
        snapshot,
      };
    })
    .reverse();
}

function tooltip(snapshot: SnapshotState, before: SnapshotState | undefined): string {
  const growth =
    before &&
    `${formatGrowth(snapshot.objects - before.objects)} objects since ${plainText(snapshotLabel(before))}`;
  const { copy } = snapshot;
  return [
    `**${plainText(snapshotLabel(snapshot))}** (${snapshot.snapshot}) of process ${snapshot.pid}`,
    `${new Date(snapshot.time).toLocaleString()}, ${formatCount(snapshot.objects)} objects`,
    ...(growth === undefined ? [] : [growth]),
    ...(copy === undefined
      ? []
      : [
          `Its frozen copy (pid ${copy.pid}) answers for values; ${formatBytes(copy.ownBytes)} are its own.`,
          ...(copy.warning === ''
            ? []
            : [`**Less guarded than elsewhere.** ${plainText(copy.warning)}`]),
        ]),
  ].join('\n\n');
}

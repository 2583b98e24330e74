/** Python processes as a tree by family: a server with its workers below it. */
import type { ProcessInfo } from '../wire.ts';
import { formatBytes } from './format.ts';
import { codeText, plainText } from './markdown.ts';
import { agentText, canAttach, processName } from './process-items.ts';
import type { TreeNode } from './tree-node.ts';

export interface ProcessNode extends TreeNode {
  process: ProcessInfo;
  children: ProcessNode[];
}

const icons: Record<string, string> = {
  loaded: 'pulse',
  absent: 'circle-outline',
  unsupported: 'circle-slash',
  foreign: 'lock',
  copy: 'layers',
};

export function processTree(
  processes: readonly ProcessInfo[],
  attachedPid: number | undefined,
): ProcessNode[] {
  const known = new Set(processes.map((process) => process.pid));
  const familyParent = ({ pid, parentPid }: ProcessInfo): number | undefined =>
    parentPid !== pid && known.has(parentPid) ? parentPid : undefined;
  // The attached one first, those that cannot be attached last.
  const rank = (process: ProcessInfo): number =>
    process.pid === attachedPid ? 0 : canAttach(process) ? 1 : 2;
  const placed = new Set<number>();
  const nodesBelow = (parent: number | undefined): ProcessNode[] =>
    processes
      .filter((process) => familyParent(process) === parent && !placed.has(process.pid))
      .sort((a, b) => rank(a) - rank(b) || a.pid - b.pid)
      .map((process) => {
        placed.add(process.pid);
        return node(process, attachedPid, nodesBelow(process.pid));
      });
  return nodesBelow(undefined);
}

function node(
  process: ProcessInfo,
  attachedPid: number | undefined,
  children: ProcessNode[],
): ProcessNode {
  const attached = process.pid === attachedPid;
  const isCopy = process.agent === 'copy';
  const parts = [`${process.pid}`, formatBytes(process.rss), `Python ${process.python}`];
  return {
    id: `process ${process.pid}`,
    label: processName(process),
    description: [...(attached ? ['attached'] : []), ...parts].join(' · '),
    tooltip: [
      codeText(process.command),
      `pid ${process.pid}, parent ${process.parentPid}, Python ${process.python}`,
      `${formatBytes(process.rss)} resident, user ${plainText(process.user)}`,
      plainText(agentText(process)),
    ]
      .filter((line) => line !== '')
      .join('\n\n'),
    icon: attached ? 'debug-start' : (icons[process.agent] ?? 'question'),
    ...(attached && { color: 'charts.green' }),
    context: attached
      ? 'process.attached'
      : isCopy
        ? 'process.copy'
        : canAttach(process)
          ? 'process.free'
          : 'process.closed',
    process,
    children,
    expanded: true,
  };
}

/** Suspects as a tree: what is kept, the lines that keep it, and the chain that leads to them. */
import type { Holder, SourceLocation, Suspect } from '../wire.ts';
import { formatBytes, formatCount, formatGrowth } from './format.ts';
import { codeText, plainText } from './markdown.ts';
import type { TreeNode } from './tree-node.ts';

const icons: Record<string, string> = {
  growth: 'graph-line',
  accumulation: 'database',
  'garbage-cycle': 'sync',
  suspended: 'debug-pause',
  native: 'chip',
  waste: 'trash',
};

const roleWords: Record<string, string> = {
  store: 'stored here',
  define: 'defined here',
  capture: 'captured here',
  suspend: 'suspended here',
  decorator: 'decorated here',
  allocate: 'made here',
  cleanup: 'could be removed here',
};

export interface SuspectNode extends TreeNode {
  suspect: Suspect;
}

/** Those with one signature (the same way from the same root, generically) are one row. */
export function suspectTree(suspects: readonly Suspect[]): SuspectNode[] {
  const groups = new Map<string, Suspect[]>();
  for (const suspect of suspects) {
    groups.set(suspect.signature, [...(groups.get(suspect.signature) ?? []), suspect]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, ...others] = group;
    if (first === undefined) {
      return [];
    }
    return others.length === 0 ? [suspectNode(first, first.signature)] : [groupNode(first, group)];
  });
}

function groupNode(first: Suspect, group: readonly Suspect[]): SuspectNode {
  const node = suspectNode(first, first.signature);
  const retained = group.reduce((sum, suspect) => sum + suspect.retained, 0);
  return {
    ...node,
    description: `${group.length} alike · ${formatBytes(retained)}`,
    children: group.map((suspect, index) =>
      suspectNode(suspect, `${suspect.signature} ${index}`, false),
    ),
  };
}

function suspectNode(suspect: Suspect, id: string, mayUnfold = true): SuspectNode {
  const location = mainLocation(suspect);
  return {
    id,
    ...labelOf(suspect),
    tooltip: suspectTooltip(suspect),
    icon: icons[suspect.kind] ?? 'question',
    color: suspect.kind === 'growth' ? 'list.warningForeground' : 'charts.blue',
    context: location ? 'suspect.located' : 'suspect',
    suspect,
    expanded: mayUnfold && suspect.rank === 1,
    ...(location && { location }),
    children: [
      ...suspect.locations.map((it, index) => locationNode(`${id} line ${index}`, it)),
      ...[suspect.holder, ...(suspect.jointHolders ?? [])].map((holder, index) =>
        holderNode(`${id} holder ${index}`, holder, index > 0),
      ),
    ],
  };
}

/** What is held first: a side bar is narrow, and the holder's name is what one looks for. */
function labelOf(suspect: Suspect): { label: string; description: string } {
  const { title } = suspect;
  const figures = suspectFigures(suspect);
  const [, holder, count] = /^(.+) holds ([\d,]+ \w+)$/.exec(title) ?? [];
  return holder === undefined || count === undefined
    ? { label: title, description: figures }
    : { label: holder, description: `${count} · ${figures}` };
}

/** The line to open: a store one where there is one. */
export function mainLocation({ locations }: Suspect): SourceLocation | undefined {
  return locations.find(({ role }) => role === 'store') ?? locations[0];
}

export function suspectFigures({ growth, retained }: Suspect): string {
  return [...(growth ? [formatGrowth(growth.count)] : []), formatBytes(retained)].join(' · ');
}

export function roleText(role: string): string {
  return roleWords[role] ?? role;
}

export function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

function suspectTooltip({ title, kind, types, note, holder, growth }: Suspect): string {
  const kept = types
    .slice(0, 4)
    .map((it) => `${formatCount(it.count)} ${codeText(it.type)} · ${formatBytes(it.bytes)}`);
  const grew =
    growth && `${formatGrowth(growth.count)} objects, ${formatBytes(growth.bytes)} since before`;
  return [
    `**${plainText(title)}** (${plainText(kind)})`,
    grew,
    ...kept,
    plainText(note),
    codeText(holder.expression),
  ]
    .filter((line) => line !== undefined && line !== '')
    .join('\n\n');
}

function locationNode(id: string, location: SourceLocation): TreeNode {
  return {
    id,
    label: location.text.trim(),
    description: `${roleText(location.role)} · ${baseName(location.file)}:${location.line}`,
    tooltip: `${location.function === '' ? '' : `${codeText(location.function)}, `}${plainText(location.file)}:${location.line}`,
    icon: location.role === 'store' ? 'target' : 'code',
    context: 'location',
    location,
  };
}

function holderNode(id: string, holder: Holder, joint: boolean): TreeNode {
  return {
    id,
    label: holder.expression,
    description: joint ? 'keeps the same too' : 'the holder',
    tooltip: `${codeText(holder.expression)}, a ${codeText(holder.type)}`,
    icon: 'link',
    children: holder.steps.map((step, index) => ({
      id: `${id} step ${index}`,
      label: step.name === '' ? step.kind : step.name,
      description: step.type === undefined ? step.kind : `${step.kind} · ${step.type}`,
      icon: 'symbol-field',
    })),
  };
}

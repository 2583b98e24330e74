/** The memory page's words and figures. No DOM. */
import { formatBytes, plural } from '../model/format.ts';
import type { MemoryResult } from '../wire.ts';

const names: Record<string, string> = {
  objects: 'Python objects',
  allocated: 'other blocks in use',
  'arena-free': "free in Python's arenas",
  'malloc-free': "free in the C library's heap",
  libraries: 'program and libraries',
  files: 'other mapped files',
  shared: 'shared memory',
  stacks: 'stacks of threads',
  unexplained: 'unexplained',
};

export interface MemoryPartText {
  part: string;
  name: string;
  bytes: number;
}

/** Parts with something in them, in the server's order. */
export function memoryParts({ parts, objects }: MemoryResult): MemoryPartText[] {
  return parts
    .filter(({ bytes }) => bytes > 0)
    .map(({ part, bytes }) => ({
      part,
      name: part === 'allocated' && objects === undefined ? 'blocks in use' : (names[part] ?? part),
      bytes,
    }));
}

export function memoryFacts(memory: MemoryResult): string[] {
  const { arenas, malloc, collector } = memory;
  const numbers = (list: readonly number[]): string => list.join(', ');
  return [
    `Peak ${formatBytes(memory.peak)}, ${formatBytes(memory.private)} its own, ${formatBytes(memory.swapped)} swapped, ${plural(memory.threads, 'thread')}`,
    ...(arenas === undefined
      ? []
      : [
          `Python's allocator: ${formatBytes(arenas.inUse)} in use of ${formatBytes(arenas.bytes)} in ${plural(arenas.arenas, 'arena')}`,
        ]),
    ...(malloc === undefined
      ? []
      : [
          `C library: ${formatBytes(malloc.inUse)} in use (${formatBytes(malloc.mapped)} in large blocks), ${formatBytes(malloc.free)} free`,
        ]),
    ...(collector === undefined
      ? []
      : [
          [
            `Collector ${collector.enabled ? 'on' : 'off'}`,
            ...(collector.thresholds.length > 0
              ? [`thresholds ${numbers(collector.thresholds)}`]
              : []),
            ...(collector.counts.length > 0 ? [`counts ${numbers(collector.counts)}`] : []),
          ].join(', '),
        ]),
  ];
}

/** The columns of a comparison: one count for each snapshot, what grew, which objects are new. No DOM. */
import { formatBytes, formatCount, formatGrowth } from '../model/format.ts';
import type { DiffResult, DiffRow, Survival } from '../wire.ts';
import { signedBytes, unlessZero } from './kind-columns.ts';
import type { Column } from './table-model.ts';

export const diffGroupings = [
  { by: 'kind', title: 'Kind' },
  { by: 'type', title: 'Type' },
  { by: 'module', title: 'Module' },
  { by: 'holder', title: 'Holder' },
  { by: 'path', title: 'Place' },
] as const;

export function diffColumns({ snapshots, by, rows }: DiffResult): Column<DiffRow>[] {
  const columns: Column<DiffRow>[] = [
    {
      id: 'label',
      title: diffGroupings.find((it) => it.by === by)?.title ?? by,
      numeric: false,
      width: 'rest',
      value: (row) => row.label,
      text: (row) => row.label,
    },
  ];
  const add = (
    [id, title, hint]: [string, string, string],
    value: (row: DiffRow) => number,
    format: (value: number) => string,
  ): void => {
    const text = (row: DiffRow): string => format(value(row));
    columns.push({ id, title, hint, numeric: true, width: 11, value, text });
  };
  const noun = by === 'holder' ? 'Entries' : 'Objects';
  snapshots.forEach((snapshot, index) => {
    const count = (row: DiffRow): number => row.counts[index] ?? 0;
    add([`count ${snapshot}`, snapshot, `${noun} in ${snapshot}`], count, unlessZero(formatCount));
  });
  add(
    ['grownCount', 'Growth', `${noun} more than at first`],
    (row) => row.growth.count,
    unlessZero(formatGrowth),
  );
  add(
    ['size', by === 'holder' ? 'Retained' : 'Size', 'Bytes in the last snapshot'],
    (row) => row.sizes.at(-1) ?? 0,
    formatBytes,
  );
  add(
    ['grownSize', 'Grown by', 'Bytes more than at first'],
    (row) => row.growth.size,
    unlessZero(signedBytes),
  );
  if (rows.some((row) => row.objects !== undefined)) {
    const part = (name: keyof Survival) => (row: DiffRow) => row.objects?.[name] ?? 0;
    add(
      ['added', 'New', 'Objects that were not there at first'],
      part('added'),
      unlessZero(formatCount),
    );
    add(['gone', 'Gone', 'Objects that are no more'], part('gone'), unlessZero(formatCount));
    add(
      ['survived', 'Stayed', 'The same objects in both'],
      part('survived'),
      unlessZero(formatCount),
    );
  }
  return columns;
}

/** The columns of guppy's table, with retained size and growth. No DOM. */
import { formatBytes, formatCount, formatGrowth } from '../model/format.ts';
import type { PartitionResult, PartitionRow } from '../wire.ts';
import type { Column } from './table-model.ts';

export const groupings = [
  { by: 'kind', title: 'Kind' },
  { by: 'type', title: 'Type' },
  { by: 'module', title: 'Module' },
  { by: 'holder', title: 'Holder' },
  { by: 'referrers', title: 'Kinds of referrers' },
  { by: 'via', title: 'Way of reference' },
  { by: 'size', title: 'Size of one' },
] as const;

type Value = (row: PartitionRow) => number;

export function columnsOf({ total, rows }: PartitionResult, by: string): Column<PartitionRow>[] {
  const columns: Column<PartitionRow>[] = [
    {
      id: 'kind',
      title: groupings.find((it) => it.by === by)?.title ?? by,
      numeric: false,
      width: 'rest',
      value: (row) => row.kind,
      text: (row) => row.kind,
    },
  ];
  const add = (
    [id, title, hint]: [string, string, string],
    width: number,
    value: Value,
    format: (value: number, row: PartitionRow) => string,
  ): void => {
    const text = (row: PartitionRow): string => format(value(row), row);
    columns.push({ id, title, hint, numeric: true, width, value, text });
  };
  const shareOf = (whole: number) => (part: number) =>
    whole === 0 ? '' : ((100 * part) / whole).toFixed(1);
  const count: Value = (row) => row.count;
  const size: Value = (row) => row.size;
  add(['count', 'Count', 'How many objects'], 11, count, formatCount);
  add(['countShare', '%', 'Share of all objects'], 7, count, shareOf(total.count));
  add(['size', 'Size', 'Bytes of the objects themselves'], 11, size, formatBytes);
  add(['sizeShare', '%', 'Share of all bytes'], 7, size, shareOf(total.size));
  add(
    ['retained', 'Retained', 'Bytes that would go if all of these went; ≥: at least so many'],
    11,
    (row) => row.retained,
    (value, row) => (row.atLeast === true ? '≥ ' : '') + formatBytes(value),
  );
  if (rows.some((row) => row.growth !== undefined)) {
    const more: Value = (row) => row.growth?.count ?? 0;
    const larger: Value = (row) => row.growth?.size ?? 0;
    add(['grownCount', 'Growth', 'Objects more than before'], 11, more, unlessZero(formatGrowth));
    add(['grownSize', 'Grown by', 'Bytes more than before'], 11, larger, unlessZero(signedBytes));
  }
  return columns;
}

export function signedBytes(bytes: number): string {
  return bytes > 0 ? `+${formatBytes(bytes)}` : formatBytes(bytes);
}

export function unlessZero(format: (value: number) => string): (value: number) => string {
  return (value) => (value === 0 ? '' : format(value));
}

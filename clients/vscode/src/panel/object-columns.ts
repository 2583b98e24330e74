/** The columns of lists of objects and of references between them. No state. */
import { formatBytes, formatCount } from '../model/format.ts';
import type { ObjectRow, ReferenceRow } from '../wire.ts';
import { h } from './dom.ts';
import { objectLink, typeName, valueText } from './links.ts';
import type { Panel } from './tab.ts';
import type { TableColumn } from './virtual-table.ts';

export function objectColumns(panel: Panel, snapshot: string): TableColumn<ObjectRow>[] {
  return [
    {
      id: 'value',
      title: 'Object',
      numeric: false,
      width: 30,
      sortable: false,
      value: valueText,
      text: valueText,
      cell: (row) => objectLink(panel, row, snapshot),
    },
    {
      id: 'type',
      title: 'Type',
      numeric: false,
      width: 26,
      value: ({ type }) => type,
      text: ({ type }) => type,
      cell: ({ type }) => typeName(panel, type, snapshot),
    },
    {
      id: 'expression',
      title: 'Reached as',
      numeric: false,
      width: 'rest',
      sortable: false,
      value: ({ expression = '' }) => expression,
      text: ({ expression = '' }) => expression,
    },
    amount('entries', 'Entries', 'Of a container', ({ entries }) => entries, formatCount),
    amount('size', 'Size', 'Bytes of the object itself', ({ size }) => size, formatBytes),
    amount(
      'retained',
      'Retained',
      'Bytes that would go with it',
      ({ retained }) => retained,
      formatBytes,
    ),
  ];
}

/** The other end of a reference, with what leads there. */
export function referenceColumns(panel: Panel, snapshot: string): TableColumn<ReferenceRow>[] {
  return [
    {
      id: 'label',
      title: 'By',
      hint: 'Attribute, key, position or variable',
      numeric: false,
      width: 28,
      value: ({ label }) => label,
      text: ({ label, count }) =>
        count > 1 ? `${label} and ${formatCount(count - 1)} more` : label,
    },
    {
      id: 'object',
      title: 'Object',
      numeric: false,
      width: 'rest',
      value: ({ object }) => object.value ?? '',
      text: ({ object, owner }) =>
        `${valueText(object)}${owner === undefined ? '' : ` of ${valueText(owner)}`}`,
      cell: ({ object, owner }) =>
        h(
          'span',
          {},
          objectLink(panel, object, snapshot),
          owner !== undefined && h('span', { class: 'quiet' }, ' of '),
          owner !== undefined && objectLink(panel, owner, snapshot),
        ),
    },
    {
      id: 'type',
      title: 'Type',
      numeric: false,
      width: 26,
      value: ({ object }) => object.type,
      text: ({ object }) => object.type,
      cell: ({ object }) => typeName(panel, object.type, snapshot),
    },
    amount('size', 'Size', 'Bytes of the object itself', ({ object }) => object.size, formatBytes),
    amount(
      'retained',
      'Retained',
      'Bytes that would go with it',
      ({ object }) => object.retained,
      formatBytes,
    ),
  ];
}

function amount<Row>(
  id: string,
  title: string,
  hint: string,
  value: (row: Row) => number | undefined,
  format: (value: number) => string,
): TableColumn<Row> {
  return {
    id,
    title,
    hint,
    numeric: true,
    width: 12,
    value: (row) => value(row) ?? 0,
    text: (row) => {
      const figure = value(row);
      return figure === undefined ? '' : format(figure);
    },
  };
}

/** A result as CSV (RFC 4180, as `whyalive sql --csv` writes it). No DOM. */
import type { SqlColumn, SqlValue } from '../wire.ts';

export function toCsv(columns: readonly SqlColumn[], rows: readonly SqlValue[][]): string {
  const lines = [columns.map(({ name }) => quoted(name)), ...rows.map((row) => row.map(field))];
  return lines.map((line) => `${line.join(',')}\n`).join('');
}

/** NULL is an empty field, empty text is `""`. */
function field(value: SqlValue): string {
  if (value === null) {
    return '';
  }
  return typeof value === 'object' ? quoted(value.blob) : quoted(`${value}`, value === '');
}

function quoted(text: string, always = false): string {
  return always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

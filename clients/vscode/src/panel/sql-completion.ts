/** What may be typed next in a query: tables, their columns, functions, words of SQL. No DOM. */
import type { SqlSchema } from '../wire.ts';

export interface Suggestion {
  text: string;
  /** What stands behind it in the list. */
  detail: string;
  kind: 'table' | 'column' | 'function' | 'word';
}

export interface Completion {
  /** The text from here to the cursor is replaced. */
  start: number;
  suggestions: Suggestion[];
}

const words = (
  'SELECT FROM WHERE GROUP BY ORDER BY LIMIT DISTINCT AS AND OR NOT IN LIKE BETWEEN IS NULL ' +
  'JOIN LEFT ON HAVING DESC ASC COUNT SUM AVG MIN MAX CASE WHEN THEN ELSE END WITH UNION EXISTS'
).split(' ');
const most = 50;

/** In capitals. */
export const sqlWords: ReadonlySet<string> = new Set([
  ...words,
  'OVER',
  'PARTITION',
  'RECURSIVE',
  'CAST',
]);

/** Tables the query names, by the name or alias that stands for them. */
export function tablesOf(sql: string, schema: SqlSchema): Map<string, string> {
  const found = new Map<string, string>();
  const naming = /\b(?:from|join|,)\s+(\w+)(?:\s+(?:as\s+)?(\w+))?/gi;
  for (const [, table = '', alias] of sql.matchAll(naming)) {
    const known = schema.tables.find(({ name }) => name === table.toLowerCase());
    if (known !== undefined) {
      const isWord = alias === undefined || words.includes(alias.toUpperCase());
      found.set(isWord ? known.name : alias, known.name);
    }
  }
  return found;
}

export function complete(sql: string, cursor: number, schema: SqlSchema): Completion {
  const before = sql.slice(0, cursor);
  if (insideText(before)) {
    return { start: cursor, suggestions: [] };
  }
  const [, owner, typed = ''] = /(?:(\w+)\.)?(\w*)$/.exec(before) ?? [];
  const start = cursor - typed.length;
  const tables = tablesOf(sql, schema);
  const candidates =
    owner !== undefined
      ? columnsOf(schema, [tables.get(owner) ?? owner])
      : /\b(?:from|join)\s+\w*$/i.test(before)
        ? tableSuggestions(schema)
        : [
            ...columnsOf(schema, [...tables.values()]),
            ...functionSuggestions(schema),
            ...tableSuggestions(schema),
            ...(typed === '' ? [] : words.map(wordSuggestion)),
          ];
  const wanted = typed.toLowerCase();
  const fitting = candidates.filter(
    ({ text }) => text.toLowerCase().startsWith(wanted) && text.toLowerCase() !== wanted,
  );
  const seen = new Set<string>();
  const suggestions = fitting.filter(({ text }) => !seen.has(text) && seen.add(text));
  return { start, suggestions: suggestions.slice(0, most) };
}

/** An odd number of quotes before the cursor: what follows is text, not SQL. */
function insideText(before: string): boolean {
  return (before.match(/'/g)?.length ?? 0) % 2 === 1 || /--[^\n]*$/.test(before);
}

function columnsOf({ tables }: SqlSchema, names: readonly string[]): Suggestion[] {
  return tables
    .filter(({ name }) => names.includes(name))
    .flatMap(({ columns }) =>
      columns.map(({ name, type, meaning }) => ({
        text: name,
        detail: `${type}: ${meaning}`,
        kind: 'column' as const,
      })),
    );
}

function tableSuggestions({ tables }: SqlSchema): Suggestion[] {
  return tables.map(({ name, meaning }) => ({ text: name, detail: meaning, kind: 'table' }));
}

function functionSuggestions({ functions }: SqlSchema): Suggestion[] {
  return functions.map(({ name, arguments: parameters, meaning }) => ({
    text: `${name}(`,
    detail: `${parameters}): ${meaning}`,
    kind: 'function',
  }));
}

function wordSuggestion(text: string): Suggestion {
  return { text, detail: '', kind: 'word' };
}

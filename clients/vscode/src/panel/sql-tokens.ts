/** A query cut into what it is made of, for its colours. No DOM. */
import type { SqlSchema } from '../wire.ts';
import { sqlWords } from './sql-completion.ts';

export type TokenKind =
  'word' | 'table' | 'column' | 'function' | 'text' | 'number' | 'comment' | '';

export interface Token {
  text: string;
  kind: TokenKind;
}

// A text or a comment that is not ended yet goes to the end of what there is.
const pattern =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<text>'(?:[^']|'')*(?:'|$))|(?<quoted>"(?:[^"]|"")*(?:"|$))|(?<number>\b(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\b)|(?<name>[a-z_]\w*)|(?<other>[\s\S])/giu;

export function sqlTokens(sql: string, schema: SqlSchema | undefined): Token[] {
  const tables = new Set(schema?.tables.map(({ name }) => name));
  const columns = new Set(schema?.tables.flatMap((table) => table.columns.map(({ name }) => name)));
  const functions = new Set(schema?.functions.map(({ name }) => name));
  const kindOfName = (name: string, before: string, after: string): TokenKind => {
    if (/\bas\s+$/i.test(before)) {
      return ''; // a name of the query's own
    }
    const lower = name.toLowerCase();
    const isCalled = /^\s*\(/.test(after);
    if (isCalled && (functions.has(lower) || !sqlWords.has(name.toUpperCase()))) {
      return 'function';
    }
    if (sqlWords.has(name.toUpperCase())) {
      return 'word';
    }
    return tables.has(lower) ? 'table' : columns.has(lower) ? 'column' : '';
  };
  const tokens: Token[] = [];
  for (const match of sql.matchAll(pattern)) {
    const [text] = match;
    const { comment, text: literal, number, name } = match.groups ?? {};
    const kind: TokenKind =
      comment !== undefined
        ? 'comment'
        : literal !== undefined
          ? 'text'
          : number !== undefined
            ? 'number'
            : name !== undefined
              ? kindOfName(name, sql.slice(0, match.index), sql.slice(match.index + text.length))
              : '';
    const last = tokens.at(-1);
    if (last?.kind === '' && kind === '') {
      last.text += text;
    } else {
      tokens.push({ text, kind });
    }
  }
  return tokens;
}

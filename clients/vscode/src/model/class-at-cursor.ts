/** Which class a place in Python source is about: the name under the cursor, else the class around it. */

export interface NamedClass {
  name: string;
  /** The cursor stands on the name itself. */
  exact: boolean;
}

/** `line` and `character` count from 0. Only text is looked at: the server knows the classes. */
export function classAt(
  lines: readonly string[],
  line: number,
  character: number,
): NamedClass | undefined {
  const word = wordAt(lines[line] ?? '', character);
  if (word !== undefined && /^_*[A-Z]/.test(word)) {
    return { name: word, exact: true };
  }
  const own = /^\s*class\s+(\w+)/.exec(lines[line] ?? '');
  const name = own?.[1] ?? enclosingClass(lines, line);
  return name === undefined ? undefined : { name, exact: false };
}

function wordAt(text: string, character: number): string | undefined {
  for (const match of text.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) {
    if (match.index <= character && character <= match.index + match[0].length) {
      return match[0];
    }
  }
  return undefined;
}

/** Upwards, to the first class that stands further left than everything between. */
function enclosingClass(lines: readonly string[], line: number): string | undefined {
  let indent = Number.POSITIVE_INFINITY;
  for (let at = line; at >= 0; at -= 1) {
    const text = lines[at] ?? '';
    if (/^\s*(#|$)/.test(text)) {
      continue;
    }
    const own = text.search(/\S/);
    const found = /^\s*class\s+(\w+)/.exec(text);
    if (found !== null && own < indent) {
      return found[1];
    }
    indent = Math.min(indent, own);
  }
  return undefined;
}

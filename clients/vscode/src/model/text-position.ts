/** Columns: CPython and the wire count UTF-8 bytes from 1, the editor UTF-16 units from 0. */

/** The 0-based UTF-16 column of the 1-based UTF-8 byte column in this line; clamped to its end. */
export function utf16Column(line: string, utf8Column: number): number {
  let bytes = utf8Column - 1;
  let column = 0;
  for (const character of line) {
    const code = character.codePointAt(0) ?? 0;
    bytes -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes < 0) {
      break;
    }
    column += character.length;
  }
  return column;
}

/** Text of a foreign heap in a tooltip: it must stay text, whatever it is made of. */

/** Characters that Markdown reads anything into, also `<` (HTML) and `$` (the editor's icons). */
const meaningful = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;

export function plainText(text: string): string {
  return text.replaceAll(meaningful, (character) => `\\${character}`).replaceAll(/\s+/g, ' ');
}

/** As code; the fence is longer than any row of backticks in it. */
export function codeText(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([row]) => row.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 ? ' ' : '';
  return `${fence}${pad}${text.replaceAll(/\s+/g, ' ')}${pad}${fence}`;
}

/** Numbers as the whole extension writes them: decimal units, grouped thousands, no locale surprises. */

const units = ['kB', 'MB', 'GB', 'TB'] as const;

/** 18200000 → `18.2 MB`, 912 → `912 B`: as the server writes it everywhere, powers of 1000. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(Math.round(bytes));
  const sign = bytes < 0 ? '−' : '';
  if (size < 1000) {
    return `${sign}${size} B`;
  }
  let value = size / 1000;
  let unit = 0;
  // As rounded: never `1,000.0 kB`.
  while (value >= 999.95 && unit + 1 < units.length) {
    value /= 1000;
    unit += 1;
  }
  const tenths = Math.round(value * 10);
  return `${sign}${formatCount(Math.floor(tenths / 10))}.${tenths % 10} ${units[unit] ?? ''}`;
}

/** 3100 → `3,100`. */
export function formatCount(count: number): string {
  const digits = Math.abs(Math.round(count)).toString();
  return (count < 0 ? '−' : '') + digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 241 → `+241`; what did not change is not worth a word. */
export function formatGrowth(count: number): string {
  return count > 0 ? `+${formatCount(count)}` : count < 0 ? formatCount(count) : '±0';
}

/** `1 suspect`, `3 suspects`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds < 10) {
    return `${milliseconds.toFixed(1)} ms`;
  }
  return milliseconds < 1000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `14:03:21`, in the clock of the person who reads it. */
export function formatClock(milliseconds: number): string {
  const time = new Date(milliseconds);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => part.toString().padStart(2, '0'))
    .join(':');
}

/** `a/b/daemon.py --x` → `daemon.py`: how a person calls the process. */
export function programName(command: string): string {
  const words = command.split(/\s+/).filter((word) => word !== '');
  const [interpreter, ...rest] = words;
  const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  if (interpreter === undefined) {
    return '';
  }
  if (!/^python[\d.]*$/.test(baseName(interpreter))) {
    return baseName(interpreter);
  }
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? '';
    if (word === '-m') {
      return rest[index + 1] ?? baseName(interpreter);
    }
    if (word === '-c' || word === '-') {
      return `${baseName(interpreter)} ${word}`;
    }
    if (word === '-X' || word === '-W') {
      index += 1;
    } else if (!word.startsWith('-')) {
      // Under a debugger the program comes after the debugger's own words.
      const debugged = baseName(word) === 'debugpy' ? rest.slice(index).find(isScript) : undefined;
      return baseName(debugged ?? word);
    }
  }
  return baseName(interpreter);
}

function isScript(word: string): boolean {
  return word.endsWith('.py');
}

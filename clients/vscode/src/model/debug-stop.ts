/** Where a debugger stands, out of the debug protocol's messages. */
import { baseName } from './suspect-tree.ts';

export function isStopped(message: unknown): boolean {
  return isObject(message) && message['type'] === 'event' && message['event'] === 'stopped';
}

/** `app.py:41`, of the first frame of a stackTrace reply; undefined: it does not say. */
export function placeLabel(reply: unknown): string | undefined {
  const frames = isObject(reply) ? reply['stackFrames'] : undefined;
  const first: unknown = Array.isArray(frames) ? frames[0] : undefined;
  if (!isObject(first) || typeof first['line'] !== 'number') {
    return undefined;
  }
  const source = first['source'];
  const path = isObject(source) ? source['path'] : undefined;
  return typeof path === 'string' ? `${baseName(path)}:${first['line']}` : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

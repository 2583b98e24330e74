/** What a debug adapter says of the process it debugs (the `process` event of the debug protocol). */
import { programName } from './format.ts';

export interface DebuggedProcess {
  pid: number;
  name: string;
}

/** Undefined: some other message, or a process of another machine. */
export function debuggedProcess(message: unknown): DebuggedProcess | undefined {
  if (!isObject(message) || message['type'] !== 'event' || message['event'] !== 'process') {
    return undefined;
  }
  const body = message['body'];
  if (!isObject(body) || body['isLocalProcess'] === false) {
    return undefined;
  }
  const { systemProcessId: pid, name } = body;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) {
    return undefined;
  }
  return { pid, name: typeof name === 'string' ? programName(name) : `process ${pid}` };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** An error reply, or any error, as a sentence with what to do next and the buttons that help. */
import type { ErrorData } from '../wire.ts';

export type Remedy = 'Attach…' | 'Run This File' | 'Open Settings' | 'Restart Server' | 'Show Log';

export interface Failure {
  message: string;
  remedies: Remedy[];
}

/** Nothing to tell: the user cancelled, or the server died, which is told once where it is noticed. */
const silentCodes = new Set<unknown>([-32800, -32097, -32096]);

function errorData(error: object): ErrorData | undefined {
  const data: unknown = 'data' in error ? error.data : undefined;
  return typeof data === 'object' && data !== null && 'kind' in data
    ? (data as ErrorData)
    : undefined;
}

/** Undefined: nothing to tell. */
export function describeFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) {
    return { message: String(error), remedies: ['Show Log'] };
  }
  const data = errorData(error);
  if (data?.kind === 'cancelled' || ('code' in error && silentCodes.has(error.code))) {
    return undefined;
  }
  const sentence = /[.!?…]$/.test(error.message) ? error.message : `${error.message}.`;
  const message = data?.remedy === undefined ? sentence : `${sentence} ${capitalised(data.remedy)}`;
  return { message, remedies: remediesOf(data?.kind, error.message) };
}

function remediesOf(kind: string | undefined, message: string): Remedy[] {
  switch (kind) {
    case 'not-found':
    case 'disconnected':
      return ['Attach…', 'Show Log'];
    case 'permission-denied':
    case 'unsupported':
      return ['Run This File', 'Show Log'];
    case undefined:
      return /program|did not start/.test(message)
        ? ['Open Settings', 'Show Log']
        : ['Restart Server', 'Show Log'];
    default:
      return ['Show Log'];
  }
}

function capitalised(text: string): string {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}

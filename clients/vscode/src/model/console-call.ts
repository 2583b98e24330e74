/** Which console a command opens: of which process or copy, and what `_` stands for in it. */
import type { SessionState } from '../session.ts';
import type { ProcessInfo, SnapshotState } from '../wire.ts';
import { programName } from './format.ts';

/** What is asked about: a row of a view, or an object that the panel or a suspect names. */
export type ConsoleSubject =
  | { process: ProcessInfo }
  | { snapshot: SnapshotState }
  | { object: number; inSnapshot: string }
  | undefined;

export interface ConsoleCall {
  title: string;
  words: string[];
}

/** Throws a sentence that says what to do, where there is no such console. */
export function consoleCall(state: SessionState, subject: ConsoleSubject): ConsoleCall {
  if (subject !== undefined && 'process' in subject) {
    return { title: titleOf(state), words: ['console', `${subject.process.pid}`] };
  }
  if (subject === undefined) {
    // The copy that the current snapshot came from, where it lives: the very instant that is shown.
    const copy = copyOf(state, state.current);
    return { title: titleOf(state), words: ['console', `${copy ?? targetOf(state)}`] };
  }
  const id = 'object' in subject ? subject.inSnapshot : subject.snapshot.snapshot;
  const copy = copyOf(state, id);
  if (copy === undefined) {
    throw new Error(`The frozen copy of snapshot ${id} has ended: take another snapshot`);
  }
  const about = 'object' in subject ? ['--object', `${subject.object}`] : [];
  return { title: titleOf(state), words: ['console', `${copy}`, ...about] };
}

/** In the process itself: only where the setting allows it. */
export function liveConsoleCall(state: SessionState, allowed: boolean): ConsoleCall {
  if (!allowed) {
    throw new Error('Consoles in the process itself are switched off (whyalive.console.live)');
  }
  const words = ['console', `${targetOf(state)}`, '--live'];
  return { title: `${titleOf(state)} (live)`, words };
}

function titleOf({ target }: SessionState): string {
  return target === null ? 'WhyAlive console' : `WhyAlive console: ${programName(target.command)}`;
}

function targetOf({ target }: SessionState): number {
  if (target?.alive !== true) {
    throw new Error('No process is attached: attach to one first');
  }
  return target.pid;
}

function copyOf({ snapshots }: SessionState, id: string | null): number | undefined {
  return snapshots.find(({ snapshot }) => snapshot === id)?.copy?.pid;
}

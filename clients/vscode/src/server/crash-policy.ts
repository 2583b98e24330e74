/** When the server dies: what to tell, and whether to start it again. */
import { buildItHere } from './server-location.ts';

export interface Exit {
  code: number | null;
  signal: string | null;
  /** The last lines it wrote to stderr, oldest first. */
  lastWords: readonly string[];
}

export interface Verdict {
  restart: boolean;
  reason: string;
}

const window = 3 * 60 * 1000;
const patience = 4;

/** Starts again unless it died `patience` times within three minutes: then something is really wrong. */
export class CrashPolicy {
  private crashes: number[] = [];

  crashed(exit: Exit, now: number): Verdict {
    const problem = systemProblem(exit);
    if (problem !== undefined) {
      return { restart: false, reason: problem };
    }
    this.crashes = [...this.crashes.filter((time) => now - time < window), now];
    const restart = this.crashes.length < patience;
    const reason = describeExit(exit);
    return {
      restart,
      reason: restart
        ? `The WhyAlive server stopped (${reason}) and was started again. Snapshots held in memory are gone.`
        : `The WhyAlive server stopped ${patience} times within three minutes (${reason}) and stays down.`,
    };
  }

  /** The user asked for a start: count afresh. */
  forget(): void {
    this.crashes = [];
  }
}

/** What no second start would mend: the loader of this system refuses the program. */
function systemProblem({ lastWords }: Exit): string | undefined {
  for (const line of lastWords) {
    const [, wanted] = /version `(GLIBC_[\d.]+)' not found/.exec(line) ?? [];
    if (wanted !== undefined) {
      return `The WhyAlive server of this package needs a newer C library (${wanted}) than this system has. ${buildItHere}`;
    }
  }
  return undefined;
}

export function describeExit({ code, signal, lastWords }: Exit): string {
  const how =
    signal !== null ? `signal ${signal}` : code !== null ? `exit code ${code}` : 'connection closed';
  const words = lastWords.at(-1)?.trim() ?? '';
  return words === '' ? how : `${how}: ${words.length > 200 ? `${words.slice(0, 199)}…` : words}`;
}

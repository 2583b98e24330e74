/** When the server dies: what to tell, and whether to start it again. */

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

export function describeExit({ code, signal, lastWords }: Exit): string {
  const how =
    signal !== null ? `signal ${signal}` : code !== null ? `exit code ${code}` : 'connection closed';
  const words = lastWords.at(-1)?.trim() ?? '';
  return words === '' ? how : `${how}: ${words.length > 200 ? `${words.slice(0, 199)}…` : words}`;
}

/** Asks each question once; a newer question cancels the older one, whose answer is dropped. */
export class Question<Answer> {
  private asked: string | undefined;
  private running: AbortController | undefined;
  private readonly take: (answer: Answer) => void;
  private readonly fail: (message: string) => void;

  constructor(take: (answer: Answer) => void, fail: (message: string) => void) {
    this.take = take;
    this.fail = fail;
  }

  /** `key` tells whether it is the question asked last. True: it was not, and is asked now. */
  ask(key: string, read: (signal: AbortSignal) => Promise<Answer>): boolean {
    if (key === this.asked) {
      return false;
    }
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.asked = key;
    read(running.signal).then(
      (answer) => {
        if (!running.signal.aborted) {
          this.take(answer);
        }
      },
      (error: unknown) => {
        if (!running.signal.aborted) {
          this.asked = undefined;
          this.fail(error instanceof Error ? error.message : String(error));
        }
      },
    );
    return true;
  }

  /** The same question may be asked again. */
  forget(): void {
    this.asked = undefined;
  }

  cancel(): void {
    this.running?.abort();
    this.asked = undefined;
  }
}

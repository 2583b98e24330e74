/** Asks each question once, and drops answers that come after a newer question. */
export class Question<Answer> {
  private asked: string | undefined;
  private readonly take: (answer: Answer) => void;
  private readonly fail: (message: string) => void;

  constructor(take: (answer: Answer) => void, fail: (message: string) => void) {
    this.take = take;
    this.fail = fail;
  }

  /** `key` tells whether it is the question asked last. True: it was not, and is asked now. */
  ask(key: string, read: (isLatest: () => boolean) => Promise<Answer>): boolean {
    if (key === this.asked) {
      return false;
    }
    this.asked = key;
    const isLatest = (): boolean => this.asked === key;
    read(isLatest).then(
      (answer) => {
        if (isLatest()) {
          this.take(answer);
        }
      },
      (error: unknown) => {
        if (isLatest()) {
          this.asked = undefined;
          this.fail(error instanceof Error ? error.message : String(error));
        }
      },
    );
    return true;
  }
}

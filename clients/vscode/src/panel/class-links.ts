/**
 * Which class names have a source to lead to: asked of the server for the names in sight, all names of one
 * drawing in one request, each name once a snapshot. No DOM.
 */
export type AskClasses = (snapshot: string, types: string[]) => Promise<ReadonlySet<string>>;

type Listener = (hasSource: boolean) => void;

/** As many as one request may name. */
const mostTypes = 1000;

export class ClassLinks {
  private readonly ask: AskClasses;
  private readonly known = new Map<string, boolean>();
  private readonly waiting = new Map<string, Map<string, Listener[]>>();

  constructor(ask: AskClasses) {
    this.ask = ask;
  }

  /** Undefined while it is not known; the listener is then told as soon as it is. */
  hasSource(type: string, snapshot: string, listener: Listener): boolean | undefined {
    if (!canHaveSource(type)) {
      return false;
    }
    const known = this.known.get(keyOf(type, snapshot));
    if (known === undefined) {
      this.wait(type, snapshot, listener);
    }
    return known;
  }

  private wait(type: string, snapshot: string, listener: Listener): void {
    let types = this.waiting.get(snapshot);
    if (types === undefined) {
      types = new Map();
      this.waiting.set(snapshot, types);
      queueMicrotask(() => {
        this.send(snapshot);
      });
    }
    types.set(type, [...(types.get(type) ?? []), listener]);
  }

  private send(snapshot: string): void {
    const all = [...(this.waiting.get(snapshot) ?? [])];
    this.waiting.delete(snapshot);
    for (let first = 0; first < all.length; first += mostTypes) {
      const part = all.slice(first, first + mostTypes);
      this.ask(
        snapshot,
        part.map(([type]) => type),
      ).then(
        (sourced) => {
          for (const [type, listeners] of part) {
            this.known.set(keyOf(type, snapshot), sourced.has(type));
            for (const listener of listeners) {
              listener(sourced.has(type));
            }
          }
        },
        () => {
          // Names stay names: whatever is wrong is told by the question that the tab itself asks.
        },
      );
    }
  }
}

/** Builtins have no source, nor has what `types` names. */
function canHaveSource(type: string): boolean {
  return type.includes('.') && !type.startsWith('types.');
}

function keyOf(type: string, snapshot: string): string {
  return `${snapshot} ${type}`;
}

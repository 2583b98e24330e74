/** The editor as the panel sees it: requests with their replies, news of the session, kept view. */
import type { SessionState } from '../session.ts';
import type { Requests, SourceLocation } from '../wire.ts';
import type {
  PanelCommand,
  PanelMethod,
  PanelView,
  SavedFile,
  TabName,
  ToExtension,
  ToPanel,
} from './messages.ts';

interface EditorApi {
  postMessage(message: ToExtension): void;
  getState(): PanelView | undefined;
  setState(view: PanelView): void;
}
declare function acquireVsCodeApi(): EditorApi;

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (reason: Error) => void;
}

export interface HostEvents {
  onState: (state: SessionState) => void;
  onShow: (view: Partial<PanelView>) => void;
  onHistory: (queries: string[]) => void;
}

export class Host {
  private readonly editor = acquireVsCodeApi();
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;

  constructor({ onState, onShow, onHistory }: HostEvents) {
    window.addEventListener('message', ({ data }: MessageEvent<ToPanel>) => {
      switch (data.type) {
        case 'state':
          onState(data.state);
          break;
        case 'show':
          onShow(data.view);
          break;
        case 'history':
          onHistory(data.queries);
          break;
        case 'result':
          this.take(data.id)?.resolve(data.result);
          break;
        case 'failure':
          this.take(data.id)?.reject(new Error(data.message));
          break;
      }
    });
  }

  ready(): void {
    this.editor.postMessage({ type: 'ready' });
  }

  /** Aborting the signal cancels the request at the server, too. */
  request<M extends PanelMethod>(
    method: M,
    params: Requests[M]['params'],
    signal?: AbortSignal,
  ): Promise<Requests[M]['result']> {
    const id = this.nextId;
    this.nextId += 1;
    signal?.addEventListener('abort', () => {
      if (this.waiting.has(id)) {
        this.editor.postMessage({ type: 'cancel', id });
      }
    });
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.showBusy();
      this.editor.postMessage({ type: 'request', id, method, params });
    });
  }

  open(location: SourceLocation): void {
    this.editor.postMessage({ type: 'open', location });
  }

  run(command: PanelCommand): void {
    this.editor.postMessage({ type: 'command', command });
  }

  /** A terminal with Python in the snapshot's frozen copy, where `_` is the object. */
  openConsole(object: number, inSnapshot: string): void {
    this.editor.postMessage({ type: 'console', object, inSnapshot });
  }

  save(file: SavedFile): void {
    this.editor.postMessage({ type: 'save', file });
  }

  /** Keeps the query in the history that the extension has. */
  asked(sql: string): void {
    this.editor.postMessage({ type: 'asked', sql });
  }

  painted(tab: TabName, milliseconds: number): void {
    this.editor.postMessage({ type: 'painted', tab, milliseconds });
  }

  keptView(): PanelView | undefined {
    return this.editor.getState();
  }

  keepView(view: PanelView): void {
    this.editor.setState(view);
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    this.showBusy();
    return waiting;
  }

  /** For the bar at the top, and for screen readers. */
  private showBusy(): void {
    document.body.setAttribute('aria-busy', this.waiting.size > 0 ? 'true' : 'false');
  }
}

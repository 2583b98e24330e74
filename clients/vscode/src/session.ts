/**
 * What the server last said about the session: the target, the snapshots, the number of suspects.
 *
 * One value, replaced as a whole by each whyalive/stateChanged; features listen and redraw. Knows nothing
 * of the editor or of the connection; when the server goes, so does what it knew.
 */
import type { SnapshotState, StateChangedParams, TargetState } from './wire.ts';

export type ServerStatus = 'stopped' | 'starting' | 'running' | 'failed';

export interface SessionState {
  server: ServerStatus;
  target: TargetState | null;
  snapshots: readonly SnapshotState[];
  current: string | null;
  suspects: number;
  /** A snapshot is being taken just now. */
  snapshotRunning: boolean;
}

type Listener = (state: SessionState) => void;

const nothing: Omit<SessionState, 'server'> = {
  target: null,
  snapshots: [],
  current: null,
  suspects: 0,
  snapshotRunning: false,
};

export class Session {
  private state_: SessionState = { server: 'stopped', ...nothing };
  private readonly listeners = new Set<Listener>();

  private lostTarget_: TargetState | undefined;

  /** The target of the server that died: the next one can be attached to it again. */
  get lostTarget(): TargetState | undefined {
    return this.lostTarget_;
  }

  get state(): SessionState {
    return this.state_;
  }

  onDidChange(listener: Listener): { dispose: () => void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  serverBecame(server: ServerStatus): void {
    if (server !== 'running' && this.state_.target !== null) {
      this.lostTarget_ = this.state_.target.alive ? this.state_.target : undefined;
    }
    this.replace(server === 'running' ? { ...this.state_, server } : { server, ...nothing });
  }

  stateChanged(news: StateChangedParams): void {
    const { target, snapshots, current, suspects } = news;
    this.replace({ ...this.state_, target, snapshots, current, suspects });
  }

  snapshotIsRunning(snapshotRunning: boolean): void {
    this.replace({ ...this.state_, snapshotRunning });
  }

  private replace(state: SessionState): void {
    this.state_ = state;
    for (const listener of this.listeners) {
      listener(state);
    }
  }
}

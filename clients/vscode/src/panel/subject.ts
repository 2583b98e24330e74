/** Which snapshots a view is of: resolves "the current one", "the one before", and what is gone. */
import type { SessionState } from '../session.ts';
import type { PanelView } from './messages.ts';

/** What is being looked at: the snapshot is resolved, never "the current one". */
export interface Subject {
  session: SessionState;
  snapshot: string;
  since: string | null;
  view: PanelView;
}

export function subjectOf(session: SessionState, view: PanelView): Subject | undefined {
  const { snapshots, current } = session;
  const known = (id: string | null): string | null =>
    snapshots.some((it) => it.snapshot === id) ? id : null;
  const snapshot = known(view.snapshot) ?? current;
  if (snapshot === null) {
    return undefined;
  }
  const at = snapshots.findIndex((it) => it.snapshot === snapshot);
  const before = snapshots
    .slice(0, Math.max(at, 0))
    .findLast((it) => it.pid === snapshots[at]?.pid);
  const since = view.since === '' ? null : (known(view.since) ?? before?.snapshot ?? null);
  return { session, snapshot, since: since === snapshot ? null : since, view };
}

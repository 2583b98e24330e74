/** Which snapshot a view is of: resolves "the current one" and forgets snapshots that are gone. */
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
  const known = (id: string | null): string | null =>
    session.snapshots.some(({ snapshot }) => snapshot === id) ? id : null;
  const snapshot = known(view.snapshot) ?? session.current;
  if (snapshot === null) {
    return undefined;
  }
  const since = known(view.since);
  return { session, snapshot, since: since === snapshot ? null : since, view };
}

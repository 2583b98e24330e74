/** The *Suspects* view: asked for once per new snapshot; a click opens the line that keeps it. */
import * as vscode from 'vscode';
import { suspectTree, type SuspectNode } from '../model/suspect-tree.ts';
import type { SessionState } from '../session.ts';
import type { SourceLocation, Suspect } from '../wire.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';
import { NodeTree, openLocation } from './tree-view.ts';

export function activate(app: App): void {
  const tree = new NodeTree<SuspectNode>();
  const view = vscode.window.createTreeView('whyalive.suspects', { treeDataProvider: tree });
  let asked: string | null = null;
  const follow = (state: SessionState): void => {
    const question =
      state.current === null ? null : `${state.current} of ${state.snapshots.length}`;
    if (question === asked) {
      return;
    }
    asked = question;
    suspectsOf(app, question !== null)
      .then((suspects) => {
        if (question === asked) {
          tree.show(suspectTree(suspects));
          view.badge = badge(suspects.length);
        }
      })
      .catch((error: unknown) => {
        app.log.warn(`asking for the suspects: ${String(error)}`);
      });
  };
  app.extension.subscriptions.push(view, app.session.onDidChange(follow));
  registerCommand(app, 'whyalive.openLocation', (location: SourceLocation) =>
    openLocation(location),
  );
  registerCommand(app, 'whyalive.copyExpression', ({ suspect }: SuspectNode) =>
    Promise.resolve(vscode.env.clipboard.writeText(suspect.holder.expression)),
  );
  registerCommand(app, 'whyalive.markExpected', ({ suspect }: SuspectNode) =>
    markExpected(suspect),
  );
}

/** Remembers it in the workspace's settings, so that a team can share what is meant to be so. */
async function markExpected({ signature }: Suspect): Promise<void> {
  const settings = vscode.workspace.getConfiguration('whyalive');
  const known = settings.get<string[]>('expectedSuspects', []);
  const target = vscode.workspace.workspaceFolders
    ? vscode.ConfigurationTarget.Workspace
    : vscode.ConfigurationTarget.Global;
  await settings.update('expectedSuspects', [...new Set([...known, signature])], target);
}

async function suspectsOf({ server }: App, any: boolean): Promise<readonly Suspect[]> {
  return any ? (await server.request('whyalive/suspects', {})).suspects : [];
}

function badge(count: number): vscode.ViewBadge | undefined {
  return count === 0
    ? undefined
    : { value: count, tooltip: count === 1 ? '1 suspect' : `${count} suspects` };
}

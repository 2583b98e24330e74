/** The extension's entry: builds the shared parts, then lets each feature register itself. */
import * as vscode from 'vscode';
import * as attach from './features/attach.ts';
import * as openConsole from './features/console.ts';
import * as contextKeys from './features/context-keys.ts';
import * as debugSessions from './features/debug-sessions.ts';
import * as debugSnapshots from './features/debug-snapshots.ts';
import * as detach from './features/detach.ts';
import * as editorQuestions from './features/editor-questions.ts';
import * as heapPanel from './features/heap-panel.ts';
import * as jumpToLeak from './features/jump-to-leak.ts';
import type { App, Feature } from './features/feature.ts';
import * as processesView from './features/processes-view.ts';
import * as runFile from './features/run-file.ts';
import * as serverCommands from './features/server-commands.ts';
import * as settings from './features/settings.ts';
import * as snapshotFiles from './features/snapshot-files.ts';
import * as snapshotsView from './features/snapshots-view.ts';
import * as statusBar from './features/status-bar.ts';
import * as suspectQuestions from './features/suspect-questions.ts';
import * as suspectsView from './features/suspects-view.ts';
import * as takeSnapshot from './features/take-snapshot.ts';
import { showError } from './features/errors.ts';
import { Server } from './server/server.ts';
import { Session } from './session.ts';

const features: Feature[] = [
  contextKeys,
  serverCommands,
  settings,
  attach,
  detach,
  runFile,
  takeSnapshot,
  jumpToLeak,
  snapshotFiles,
  statusBar,
  processesView,
  snapshotsView,
  suspectsView,
  heapPanel,
  editorQuestions,
  suspectQuestions,
  debugSessions,
  debugSnapshots,
  openConsole,
];

export function activate(extension: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('WhyAlive', { log: true });
  const session = new Session();
  const server = new Server(extension, session, log);
  const app: App = { extension, server, session, log };
  extension.subscriptions.push(log, server);
  for (const feature of features) {
    feature.activate(app);
  }
  // Not awaited: the commands work (and wait for the server) from the first moment.
  void server.start().catch((error: unknown) => showError(app, error));
}

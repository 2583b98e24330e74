/**
 * *Open console*: a Python prompt in a frozen copy of the attached process, in a terminal. Where a setting
 * allows it also one in the process itself, which asks for a yes before anything runs.
 */
import * as vscode from 'vscode';
import {
  type ConsoleCall,
  consoleCall,
  type ConsoleSubject,
  liveConsoleCall,
} from '../model/console-call.ts';
import type { SuspectNode } from '../model/suspect-tree.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.openConsole', (subject?: ConsoleSubject | SuspectNode) => {
    const { state } = app.session;
    open(app, consoleCall(state, subjectOf(subject, state.current)));
    return Promise.resolve();
  });
  registerCommand(app, 'whyalive.openLiveConsole', () => {
    const allowed = vscode.workspace.getConfiguration('whyalive').get('console.live', false);
    open(app, liveConsoleCall(app.session.state, allowed));
    return Promise.resolve();
  });
  registerCommand(app, 'whyalive.releaseCopy', (subject: ConsoleSubject) =>
    subject !== undefined && 'snapshot' in subject
      ? app.server.request('whyalive/releaseCopy', { snapshot: subject.snapshot.snapshot })
      : Promise.resolve(),
  );
}

/** Of a suspect it is the holder that one wants to look into. */
function subjectOf(
  subject: ConsoleSubject | SuspectNode,
  current: string | null,
): ConsoleSubject | undefined {
  if (subject === undefined || !('suspect' in subject)) {
    return subject;
  }
  const { id } = subject.suspect.holder;
  return id === undefined || current === null ? undefined : { object: id, inSnapshot: current };
}

function open(app: App, { title, words }: ConsoleCall): void {
  const terminal = vscode.window.createTerminal({
    name: title,
    shellPath: app.server.program(),
    shellArgs: words,
    iconPath: new vscode.ThemeIcon('terminal'),
  });
  terminal.show();
}

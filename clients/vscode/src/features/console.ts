/** *Open console*: a Python prompt in a frozen copy of the attached process, in a terminal. */
import * as vscode from 'vscode';
import { programName } from '../model/format.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.openConsole', () => {
    const { target, snapshots, current } = app.session.state;
    if (target?.alive !== true) {
      throw new Error('No process is attached: attach to one first');
    }
    // The copy that the current snapshot came from, where it lives: the very instant that is shown.
    const copy = snapshots.find((one) => one.snapshot === current)?.copy;
    const terminal = vscode.window.createTerminal({
      name: `WhyAlive console: ${programName(target.command)}`,
      shellPath: app.server.program(),
      shellArgs: ['console', `${(copy ?? target).pid}`],
      iconPath: new vscode.ThemeIcon('terminal'),
    });
    terminal.show();
    return Promise.resolve();
  });
}

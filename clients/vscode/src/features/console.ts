/** *Open console*: a Python prompt in a frozen copy of the attached process, in a terminal. */
import * as vscode from 'vscode';
import { programName } from '../model/format.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.openConsole', () => {
    const { target } = app.session.state;
    if (target?.alive !== true) {
      throw new Error('No process is attached: attach to one first');
    }
    const terminal = vscode.window.createTerminal({
      name: `WhyAlive console: ${programName(target.command)}`,
      shellPath: app.server.program(),
      shellArgs: ['console', `${target.pid}`],
      iconPath: new vscode.ThemeIcon('terminal'),
    });
    terminal.show();
    return Promise.resolve();
  });
}

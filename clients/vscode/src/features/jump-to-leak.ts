/** *Jump to leaking code*: the server shows the store line of the first suspect. */
import * as vscode from 'vscode';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.jumpToLeakingCode', async (rank?: number) => {
    const location = await app.server.executeCommand(
      'whyalive.jumpToLeak',
      rank === undefined ? [] : [{ rank }],
    );
    if (location === null) {
      await explainNothing(app);
    }
  });
}

async function explainNothing(app: App): Promise<void> {
  if (app.session.state.snapshots.length > 1 || app.session.state.target?.alive !== true) {
    void vscode.window.showInformationMessage('No suspect leads to a line of source.');
    return;
  }
  const take = 'Take Snapshot';
  const answer = await vscode.window.showInformationMessage(
    'No suspect leads to a line of source yet. Let the program work for a while, then take another snapshot: what grew in between shows.',
    take,
  );
  if (answer === take) {
    await vscode.commands.executeCommand('whyalive.takeSnapshot');
  }
}

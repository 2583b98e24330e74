/** Lets changed settings take effect at once: another server is started, the others are passed on. */
import * as vscode from 'vscode';
import { showError } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  app.extension.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration('whyalive')) {
        return;
      }
      const taken = change.affectsConfiguration('whyalive.server')
        ? app.server.restart()
        : app.server.settingsChanged();
      taken.catch((error: unknown) => showError(app, error));
    }),
  );
}

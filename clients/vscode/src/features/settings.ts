/** Lets changed settings take effect at once: another server is started, hints and lenses redrawn. */
import * as vscode from 'vscode';
import { showError } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  const restart = (): void => {
    app.server.restart().catch((error: unknown) => showError(app, error));
  };
  app.extension.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('whyalive.server')) {
        restart();
      }
      if (
        change.affectsConfiguration('whyalive.hints') ||
        change.affectsConfiguration('whyalive.codeLens')
      ) {
        app.server.refreshAnnotations();
      }
    }),
  );
}

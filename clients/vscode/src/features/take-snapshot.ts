/** *Take snapshot*, with progress and Cancel; tells how long the process stood still. */
import * as vscode from 'vscode';
import { snapshotSummary } from '../model/snapshot-text.ts';
import type { SnapshotResult } from '../wire.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.takeSnapshot', () => takeSnapshot(app));
}

export async function takeSnapshot(app: App, label?: string): Promise<SnapshotResult> {
  app.session.snapshotIsRunning(true);
  try {
    const taken = await app.server.requestWithProgress(
      'whyalive/snapshot',
      label === undefined ? {} : { label },
      { title: 'Taking a snapshot' },
    );
    const summary = snapshotSummary(taken);
    app.log.info(summary);
    vscode.window.setStatusBarMessage(`$(device-camera) ${summary}`, 6000);
    return taken;
  } finally {
    app.session.snapshotIsRunning(false);
  }
}

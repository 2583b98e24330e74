/** *Take snapshot*, with progress and Cancel; tells how long the process stood still. */
import * as vscode from 'vscode';
import { snapshotSummary } from '../model/snapshot-text.ts';
import type { SnapshotResult } from '../wire.ts';
import { registerCommand, showError } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.takeSnapshot', () => takeSnapshot(app));
}

/** Warnings that this window has shown: they are about the kernel, so one is like the next. */
const told = new Set<string>();

async function warnOfCopy({ server }: App, { snapshot, copy }: SnapshotResult): Promise<void> {
  if (copy === undefined || copy.warning === '' || told.has(copy.warning)) {
    return;
  }
  told.add(copy.warning);
  const end = 'End the Frozen Copy';
  const settings = 'Open Settings';
  const chosen = await vscode.window.showWarningMessage(
    `A frozen copy of the process stays to answer for values. ${copy.warning}`,
    end,
    settings,
  );
  if (chosen === end) {
    await server.request('whyalive/releaseCopy', { snapshot });
  } else if (chosen === settings) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'whyalive.values');
  }
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
    if (taken.warning) app.log.warn(taken.warning);
    vscode.window.setStatusBarMessage(`$(device-camera) ${summary}`, 6000);
    warnOfCopy(app, taken).catch((error: unknown) => showError(app, error));
    return taken;
  } finally {
    app.session.snapshotIsRunning(false);
  }
}

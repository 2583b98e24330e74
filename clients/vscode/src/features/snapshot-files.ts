/** *Open snapshot file…*, *Save snapshot as…*, *Forget snapshot*: `.whyalive` files, as the command line writes them. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { formatBytes } from '../model/format.ts';
import { snapshotDescription, snapshotLabel, snapshotSummary } from '../model/snapshot-text.ts';
import type { SnapshotNode } from '../model/snapshot-tree.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

const filters = { 'WhyAlive snapshots': ['whyalive'], 'All files': ['*'] };

export function activate(app: App): void {
  registerCommand(app, 'whyalive.openSnapshot', (file?: vscode.Uri) => openSnapshot(app, file));
  registerCommand(app, 'whyalive.saveSnapshot', (node?: SnapshotNode) =>
    saveSnapshot(app, node?.snapshot.snapshot),
  );
  registerCommand(app, 'whyalive.closeSnapshot', ({ snapshot }: SnapshotNode) =>
    app.server.request('whyalive/closeSnapshot', { snapshot: snapshot.snapshot }),
  );
}

async function openSnapshot(app: App, file?: vscode.Uri): Promise<void> {
  const chosen =
    file ??
    (await vscode.window.showOpenDialog({ filters, title: 'Open a WhyAlive snapshot' }))?.[0];
  if (chosen === undefined) {
    return;
  }
  const opened = await app.server.requestWithProgress(
    'whyalive/openSnapshot',
    { path: chosen.fsPath, label: path.basename(chosen.fsPath, '.whyalive') },
    { title: `Opening ${path.basename(chosen.fsPath)}` },
  );
  app.log.info(snapshotSummary(opened));
}

async function saveSnapshot(app: App, chosen?: string): Promise<void> {
  const snapshot = chosen ?? (await pickSnapshot(app));
  if (snapshot === undefined) {
    return;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const file = await vscode.window.showSaveDialog({
    filters,
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, `${snapshot}.whyalive`) }),
  });
  if (file === undefined) {
    return;
  }
  const { bytes } = await app.server.requestWithProgress(
    'whyalive/saveSnapshot',
    { snapshot, path: file.fsPath },
    { title: `Saving ${path.basename(file.fsPath)}` },
  );
  void vscode.window.showInformationMessage(
    `Saved ${path.basename(file.fsPath)} (${formatBytes(bytes)}).`,
  );
}

async function pickSnapshot({ session }: App): Promise<string | undefined> {
  const { snapshots, current } = session.state;
  if (snapshots.length < 2) {
    return snapshots[0]?.snapshot ?? current ?? undefined;
  }
  const items = snapshots.toReversed().map((snapshot) => ({
    label: snapshotLabel(snapshot),
    description: snapshotDescription(snapshot),
    snapshot: snapshot.snapshot,
  }));
  return (await vscode.window.showQuickPick(items, { title: 'Save which snapshot?' }))?.snapshot;
}

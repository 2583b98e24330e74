/** Saves what the panel made (a picture, a table) where the user says. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { SavedFile } from '../panel/messages.ts';
import { showError } from './errors.ts';
import type { App } from './feature.ts';

export async function saveFile(app: App, { name, content, encoding }: SavedFile): Promise<void> {
  try {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const kind = path.extname(name).slice(1);
    const file = await vscode.window.showSaveDialog({
      filters: { [kind.toUpperCase()]: [kind] },
      ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
    });
    if (file === undefined) {
      return;
    }
    await vscode.workspace.fs.writeFile(file, Buffer.from(content, encoding));
    const open = 'Open';
    const saved = `Saved ${path.basename(file.path)}.`;
    if ((await vscode.window.showInformationMessage(saved, open)) === open) {
      await vscode.commands.executeCommand('vscode.open', file);
    }
  } catch (error) {
    await showError(app, error);
  }
}

/** The status bar item (process, resident memory, suspects); a click offers what can be done now. */
import * as vscode from 'vscode';
import { menuEntries, statusText } from '../model/status-text.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  const item = vscode.window.createStatusBarItem('whyalive', vscode.StatusBarAlignment.Left, 20);
  item.name = 'WhyAlive';
  item.command = 'whyalive.showMenu';
  const update = (): void => {
    const { text, tooltip, warning } = statusText(app.session.state);
    item.text = text;
    item.tooltip = new vscode.MarkdownString(tooltip);
    item.backgroundColor = warning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    if (vscode.workspace.getConfiguration('whyalive').get<boolean>('statusBar.enabled', true)) {
      item.show();
    } else {
      item.hide();
    }
  };
  update();
  app.extension.subscriptions.push(
    item,
    app.session.onDidChange(update),
    vscode.workspace.onDidChangeConfiguration(update),
  );
  registerCommand(app, 'whyalive.showMenu', async () => {
    const python = vscode.window.activeTextEditor?.document.languageId === 'python';
    const entries = menuEntries(app.session.state, python && vscode.workspace.isTrusted);
    const chosen = await vscode.window.showQuickPick(entries, { title: 'WhyAlive' });
    if (chosen !== undefined) {
      await vscode.commands.executeCommand(chosen.command);
    }
  });
}

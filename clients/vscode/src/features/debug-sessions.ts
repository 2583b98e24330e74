/** When a Python debug session starts, offers to watch its process, or does so by itself (setting). */
import * as vscode from 'vscode';
import { type DebuggedProcess, debuggedProcess } from '../model/debug-process.ts';
import { attachTo } from './attach.ts';
import { showError } from './errors.ts';
import type { App } from './feature.ts';

export const debugTypes = ['debugpy', 'python'];

export function activate(app: App): void {
  const factory: vscode.DebugAdapterTrackerFactory = {
    createDebugAdapterTracker: () => ({
      onDidSendMessage: (message: unknown) => {
        const process = debuggedProcess(message);
        if (process !== undefined) {
          offer(app, process).catch((error: unknown) => showError(app, error));
        }
      },
    }),
  };
  app.extension.subscriptions.push(
    ...debugTypes.map((type) => vscode.debug.registerDebugAdapterTrackerFactory(type, factory)),
  );
}

async function offer(app: App, { pid, name }: DebuggedProcess): Promise<void> {
  const settings = vscode.workspace.getConfiguration('whyalive');
  const choice = settings.get<string>('debug.attach', 'ask');
  if (choice === 'never') {
    return;
  }
  if (choice === 'always') {
    await attachTo(app, pid);
    return;
  }
  const attach = 'Attach';
  const always = 'Always';
  const never = 'Never';
  const question = `Watch the memory of ${name} (${pid}) with WhyAlive?`;
  const answer = await vscode.window.showInformationMessage(question, attach, always, never);
  if (answer === always || answer === never) {
    const value = answer === always ? 'always' : 'never';
    await settings.update('debug.attach', value, vscode.ConfigurationTarget.Global);
  }
  if (answer === attach || answer === always) {
    await attachTo(app, pid);
  }
}

/** *Attach to Python process…*: a picker over whyalive/processes, then a first snapshot. */
import * as vscode from 'vscode';
import { agentText, canAttach, type ProcessItem, processItems } from '../model/process-items.ts';
import { programName } from '../model/format.ts';
import type { ProcessInfo } from '../wire.ts';
import { registerCommand, showError } from './errors.ts';
import type { App } from './feature.ts';
import { takeSnapshot } from './take-snapshot.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.attach', async (argument?: number | { process: ProcessInfo }) => {
    const pid = typeof argument === 'object' ? argument.process.pid : argument;
    const chosen = pid ?? (await pickProcess(app))?.pid;
    if (chosen !== undefined) {
      await attachTo(app, chosen);
    }
  });
  app.extension.subscriptions.push(
    app.server.onDidRestart(() => {
      attachAgain(app).catch((error: unknown) => showError(app, error));
    }),
  );
}

/** Attaches, and takes the first snapshot unless the setting says no. */
export async function attachTo(app: App, pid: number): Promise<void> {
  const target = await app.server.requestWithProgress(
    'whyalive/attach',
    { pid },
    { title: `Attaching to process ${pid}` },
  );
  app.log.info(`attached to ${target.pid}: ${target.command.join(' ')} (Python ${target.python})`);
  if (vscode.workspace.getConfiguration('whyalive').get<boolean>('snapshot.onAttach', true)) {
    await takeSnapshot(app);
  } else {
    const take = 'Take Snapshot';
    const name = programName(target.command.join(' '));
    const answer = await vscode.window.showInformationMessage(
      `Attached to ${name} (${pid}).`,
      take,
    );
    if (answer === take) {
      await takeSnapshot(app);
    }
  }
}

async function pickProcess(app: App): Promise<ProcessInfo | undefined> {
  const picker = vscode.window.createQuickPick<ProcessItem & vscode.QuickPickItem>();
  picker.title = 'Attach to Python process';
  picker.placeholder = 'Search by name, pid or command line';
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.buttons = [{ iconPath: new vscode.ThemeIcon('refresh'), tooltip: 'Refresh' }];
  const fill = async (): Promise<void> => {
    picker.busy = true;
    try {
      const { processes } = await app.server.request('whyalive/processes', {});
      picker.items = processItems(processes);
      if (processes.length === 0) {
        picker.placeholder =
          'No Python process of yours is running; try “Run this file with WhyAlive”';
      }
    } finally {
      picker.busy = false;
    }
  };
  try {
    return await new Promise((resolve, reject) => {
      picker.onDidTriggerButton(() => {
        fill().catch(reject);
      });
      picker.onDidAccept(() => {
        const process = picker.selectedItems[0]?.process;
        if (process !== undefined && !canAttach(process)) {
          reject(new Error(`Process ${process.pid} cannot be attached: ${agentText(process)}`));
        }
        resolve(process);
      });
      picker.onDidHide(() => {
        resolve(undefined);
      });
      picker.show();
      fill().catch(reject);
    });
  } finally {
    picker.dispose();
  }
}

/** The new server has no target: give it the old one, which still runs with its agent asleep. */
async function attachAgain(app: App): Promise<void> {
  const lost = app.session.lostTarget;
  if (lost === undefined) {
    return;
  }
  const { processes } = await app.server.request('whyalive/processes', {});
  if (processes.some((process) => process.pid === lost.pid && process.agent === 'loaded')) {
    await app.server.request('whyalive/attach', { pid: lost.pid, load: false });
  }
}

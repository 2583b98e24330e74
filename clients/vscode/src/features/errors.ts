/** Shows a failure as a notification whose buttons lead on, and guards commands with it. */
import * as vscode from 'vscode';
import { describeFailure, type Remedy } from '../model/failure.ts';
import type { App } from './feature.ts';

const commandOf: Record<Remedy, [command: string, ...args: unknown[]]> = {
  'Attach…': ['whyalive.attach'],
  'Run This File': ['whyalive.runFile'],
  'Open Settings': ['workbench.action.openSettings', 'whyalive.server.path'],
  'Restart Server': ['whyalive.restartServer'],
  'Show Log': ['whyalive.showLog'],
};

export async function showError(app: App, error: unknown): Promise<void> {
  const failure = describeFailure(error);
  if (failure === undefined) {
    return;
  }
  app.log.error(failure.message);
  const answer = await vscode.window.showErrorMessage(failure.message, ...failure.remedies);
  if (answer !== undefined) {
    await vscode.commands.executeCommand(...commandOf[answer]);
  }
}

/** Registers a command whose failures the user sees with what to do about them. */
export function registerCommand(
  app: App,
  command: string,
  // What the caller of a command passes is the caller's word: each command declares what it expects.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  run: (...args: any[]) => Promise<unknown>,
): void {
  app.extension.subscriptions.push(
    vscode.commands.registerCommand(command, async (...args: unknown[]) => {
      try {
        return await run(...args);
      } catch (error) {
        void showError(app, error);
        return undefined;
      }
    }),
  );
}

/**
 * *Run this file with WhyAlive*: `whyalive run -- python file.py` in a terminal of its own, then attach.
 *
 * A terminal, not whyalive/launch, so that the program has its input, its output and Ctrl+C. The agent is
 * inside from the start; we ask the server for its process until it shows, the terminal closes or 30 s pass.
 */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { findLaunched } from '../model/process-items.ts';
import { attachTo } from './attach.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';
import { pythonInterpreter } from './python-interpreter.ts';

const patience = 30_000;
const interval = 250;

export function activate(app: App): void {
  registerCommand(app, 'whyalive.runFile', (file?: vscode.Uri) => runFile(app, file));
}

async function runFile(app: App, file?: vscode.Uri): Promise<void> {
  const document = file
    ? await vscode.workspace.openTextDocument(file)
    : vscode.window.activeTextEditor?.document;
  if (document?.languageId !== 'python' || document.isUntitled) {
    throw new Error('Open the Python file to run first; it must be saved on disk');
  }
  await document.save();
  const program = app.server.program();
  const python = await pythonInterpreter(document.uri);
  const terminal = vscode.window.createTerminal({
    name: `WhyAlive: ${path.basename(document.fileName)}`,
    shellPath: program,
    shellArgs: ['run', '--python', python, '--', document.fileName],
    cwd: path.dirname(document.fileName),
    iconPath: new vscode.ThemeIcon('pulse'),
  });
  terminal.show(true);
  const pid = await terminal.processId;
  if (pid === undefined) {
    throw new Error(`The terminal could not start ${program}`);
  }
  const launched = await waitForAgent(app, terminal, pid);
  if (launched !== undefined) {
    await attachTo(app, launched);
  }
}

async function waitForAgent(
  app: App,
  terminal: vscode.Terminal,
  terminalPid: number,
): Promise<number | undefined> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    const { processes } = await app.server.request('whyalive/processes', {});
    const found = findLaunched(processes, terminalPid);
    if (found !== undefined) {
      return found.pid;
    }
    if (terminal.exitStatus !== undefined) {
      throw new Error('The program ended before it could be attached; its terminal says why');
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
  throw new Error(
    `No agent answered within ${patience / 1000} seconds in the program just started`,
  );
}

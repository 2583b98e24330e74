/** `whyalive.*` context keys: what commands, menus and welcome views may be shown for. */
import * as vscode from 'vscode';
import type { SessionState } from '../session.ts';
import type { App } from './feature.ts';

function contextOf(state: SessionState): Record<string, boolean> {
  return {
    serverRunning: state.server === 'running',
    attached: state.target?.alive === true,
    hasSnapshot: state.current !== null,
    hasSuspects: state.suspects > 0,
    snapshotRunning: state.snapshotRunning,
  };
}

export function activate({ extension, session }: App): void {
  const known = new Map<string, boolean>();
  const update = (): void => {
    for (const [name, value] of Object.entries(contextOf(session.state))) {
      if (known.get(name) !== value) {
        known.set(name, value);
        void vscode.commands.executeCommand('setContext', `whyalive.${name}`, value);
      }
    }
  };
  update();
  extension.subscriptions.push(session.onDidChange(update));
}

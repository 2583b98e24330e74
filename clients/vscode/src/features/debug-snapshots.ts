/** At a breakpoint: *Take snapshot here*, and *Step over and compare*: what one statement leaves behind. */
import * as vscode from 'vscode';
import { isStopped, placeLabel } from '../model/debug-stop.ts';
import type { SnapshotResult } from '../wire.ts';
import { debugTypes } from './debug-sessions.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';
import { comparison } from './heap-panel.ts';
import { takeSnapshot } from './take-snapshot.ts';

const stepPatience = 60_000;

export function activate(app: App): void {
  const stopped = new vscode.EventEmitter<vscode.DebugSession>();
  const factory: vscode.DebugAdapterTrackerFactory = {
    createDebugAdapterTracker: (session) => ({
      onDidSendMessage: (message: unknown) => {
        if (isStopped(message)) {
          stopped.fire(session);
        }
      },
    }),
  };
  app.extension.subscriptions.push(
    stopped,
    ...debugTypes.map((type) => vscode.debug.registerDebugAdapterTrackerFactory(type, factory)),
  );
  registerCommand(app, 'whyalive.snapshotHere', () => snapshotHere(app));
  registerCommand(app, 'whyalive.stepAndCompare', () => stepAndCompare(app, stopped.event));
}

async function snapshotHere(app: App): Promise<SnapshotResult> {
  return takeSnapshot(app, await labelOfPlace(activeSession()));
}

/** The snapshot before, a step over, the snapshot after, and what is new between the two. */
async function stepAndCompare(
  app: App,
  onDidStop: vscode.Event<vscode.DebugSession>,
): Promise<void> {
  const session = activeSession();
  const label = await labelOfPlace(session);
  const before = await takeSnapshot(app, `before ${label}`);
  const arrived = nextStop(session, onDidStop);
  await vscode.commands.executeCommand('workbench.action.debug.stepOver');
  await arrived;
  const after = await takeSnapshot(app, `after ${label}`);
  const view = comparison([before.snapshot, after.snapshot]);
  await vscode.commands.executeCommand('whyalive.showHeap', view);
}

function activeSession(): vscode.DebugSession {
  const session = vscode.debug.activeDebugSession;
  if (session === undefined) {
    throw new Error('No debug session is active: start one and stop at a breakpoint first');
  }
  return session;
}

function nextStop(
  session: vscode.DebugSession,
  onDidStop: vscode.Event<vscode.DebugSession>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (finish: () => void): void => {
      clearTimeout(timer);
      for (const it of listening) {
        it.dispose();
      }
      finish();
    };
    const timer = setTimeout(() => {
      done(() => {
        reject(new Error('The step did not end within a minute; the first snapshot is kept'));
      });
    }, stepPatience);
    const listening = [
      onDidStop((it) => {
        if (it.id === session.id) {
          done(resolve);
        }
      }),
      vscode.debug.onDidTerminateDebugSession((it) => {
        if (it.id === session.id) {
          done(() => {
            reject(new Error('The program ended with this step; the first snapshot is kept'));
          });
        }
      }),
    ];
  });
}

/** `app.py:41` where the debugger stands. */
async function labelOfPlace(session: vscode.DebugSession): Promise<string> {
  const item = vscode.debug.activeStackItem;
  if (item === undefined) {
    throw new Error('The program is running: stop at a breakpoint first');
  }
  const stack: unknown = await session.customRequest('stackTrace', {
    threadId: item.threadId,
    startFrame: 0,
    levels: 1,
  });
  return placeLabel(stack) ?? session.name;
}

/** The *Processes* view: Python processes by family, asked again every few seconds while it is seen. */
import * as vscode from 'vscode';
import { processTree, type ProcessNode } from '../model/process-tree.ts';
import type { ProcessInfo } from '../wire.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';
import { NodeTree } from './tree-view.ts';

const interval = 4000;

export function activate(app: App): void {
  const tree = new NodeTree<ProcessNode>();
  const view = vscode.window.createTreeView('whyalive.processes', { treeDataProvider: tree });
  let processes: readonly ProcessInfo[] = [];
  const draw = (): void => {
    const { target } = app.session.state;
    tree.show(processTree(processes, target?.alive === true ? target.pid : undefined));
  };
  const refresh = async (): Promise<void> => {
    ({ processes } = await app.server.request('whyalive/processes', {}));
    draw();
  };
  // A background refresh that fails is no news: the server's state is shown elsewhere.
  const quietly = (): void => {
    if (view.visible && app.session.state.server === 'running') {
      refresh().catch((error: unknown) => {
        app.log.debug(`refreshing the processes: ${String(error)}`);
      });
    }
  };
  const timer = setInterval(quietly, interval);
  app.extension.subscriptions.push(
    view,
    view.onDidChangeVisibility(quietly),
    app.session.onDidChange(draw),
    app.session.onDidChange(onceRunning(quietly)),
    {
      dispose: () => {
        clearInterval(timer);
      },
    },
  );
  registerCommand(app, 'whyalive.refreshProcesses', refresh);
}

function onceRunning(run: () => void): (state: { server: string }) => void {
  let before = '';
  return ({ server }) => {
    const became = server === 'running' && before !== 'running';
    before = server;
    if (became) {
      run();
    }
  };
}

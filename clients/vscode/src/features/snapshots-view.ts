/** The *Snapshots* view: what the session keeps, and what can be done with each. */
import * as vscode from 'vscode';
import { snapshotTree, type SnapshotNode } from '../model/snapshot-tree.ts';
import type { App } from './feature.ts';
import { NodeTree } from './tree-view.ts';

export function activate({ extension, session }: App): void {
  const tree = new NodeTree<SnapshotNode>();
  const view = vscode.window.createTreeView('whyalive.snapshots', { treeDataProvider: tree });
  const draw = (): void => {
    tree.show(snapshotTree(session.state.snapshots, session.state.current));
  };
  extension.subscriptions.push(view, session.onDidChange(draw));
}

/** Shows `TreeNode`s in a view of the activity bar, and opens source locations. */
import * as vscode from 'vscode';
import { utf16Column } from '../model/text-position.ts';
import type { TreeNode } from '../model/tree-node.ts';
import type { SourceLocation } from '../wire.ts';

export class NodeTree<Node extends TreeNode> implements vscode.TreeDataProvider<TreeNode> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private nodes: readonly Node[] = [];
  private shown = '[]';

  /** Draws anew only what is new: a refresh without news must not make the view flicker. */
  show(nodes: readonly Node[]): void {
    this.nodes = nodes;
    const text = JSON.stringify(nodes);
    if (text !== this.shown) {
      this.shown = text;
      this.changed.fire();
    }
  }

  getChildren(node?: TreeNode): TreeNode[] {
    return node === undefined ? [...this.nodes] : (node.children ?? []);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = new vscode.TreeItem(node.label, collapsible(node));
    item.id = node.id;
    if (node.description !== undefined) {
      item.description = node.description;
    }
    if (node.tooltip !== undefined) {
      item.tooltip = new vscode.MarkdownString(node.tooltip);
    }
    if (node.icon !== undefined) {
      const color = node.color === undefined ? undefined : new vscode.ThemeColor(node.color);
      item.iconPath = new vscode.ThemeIcon(node.icon, color);
    }
    if (node.context !== undefined) {
      item.contextValue = node.context;
    }
    if (node.command !== undefined) {
      item.command = node.command;
    } else if (node.location !== undefined) {
      const title = 'Open the line';
      item.command = { command: 'whyalive.openLocation', title, arguments: [node.location] };
    }
    return item;
  }
}

function collapsible({ children, expanded }: TreeNode): vscode.TreeItemCollapsibleState {
  if (children === undefined || children.length === 0) {
    return vscode.TreeItemCollapsibleState.None;
  }
  return expanded === true
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.Collapsed;
}

export async function openLocation({ file, line, column }: SourceLocation): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const row = Math.min(Math.max(line - 1, 0), document.lineCount - 1);
  const start = new vscode.Position(row, utf16Column(document.lineAt(row).text, column));
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(start, start) });
}

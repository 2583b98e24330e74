/** What the *Suspects* view's menus ask about a suspect: why it is kept, and the picture of it. */
import * as vscode from 'vscode';
import type { SuspectNode } from '../model/suspect-tree.ts';
import type { PanelView } from '../panel/messages.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  const show = async (view: Partial<PanelView>): Promise<void> => {
    await vscode.commands.executeCommand('whyalive.showHeap', view);
  };
  registerCommand(app, 'whyalive.whySuspect', ({ suspect }: SuspectNode) => {
    const type = suspect.types[0]?.type;
    return show(type === undefined ? { tab: 'suspects' } : { tab: 'why', why: { type } });
  });
  registerCommand(app, 'whyalive.pictureSuspect', ({ suspect }: SuspectNode) => {
    const { id } = suspect.holder;
    const { current } = app.session.state;
    const picture =
      id === undefined || current === null
        ? { count: 3, direction: 'chain', ...(suspect.types[0] && { type: suspect.types[0].type }) }
        : { objects: [id], snapshot: current, direction: 'refs', depth: 3 };
    return show({ tab: 'picture', picture });
  });
}

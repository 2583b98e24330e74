/** *Show instances of this class*, *Why alive?*: the editor's context menu, answered in the heap panel. */
import * as vscode from 'vscode';
import { classAt } from '../model/class-at-cursor.ts';
import type { PanelView } from '../panel/messages.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  const ask = async (view: (type: string) => Partial<PanelView>): Promise<void> => {
    const type = classUnderCursor() ?? (await askForClass());
    if (type !== undefined) {
      await vscode.commands.executeCommand('whyalive.showHeap', view(type));
    }
  };
  registerCommand(app, 'whyalive.showInstances', () =>
    ask((type) => ({ tab: 'object', focus: { set: { type }, title: type, snapshot: null } })),
  );
  registerCommand(app, 'whyalive.whyAlive', () => ask((type) => ({ tab: 'why', why: { type } })));
  registerCommand(app, 'whyalive.showPicture', () =>
    ask((type) => ({ tab: 'picture', picture: { type, count: 3 } })),
  );
}

function classUnderCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== 'python') {
    return undefined;
  }
  const { line, character } = editor.selection.active;
  const lines = editor.document.getText().split(/\r?\n/);
  return classAt(lines, line, character)?.name;
}

function askForClass(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Which class?',
    placeHolder: 'Name of a class, with its module where several have that name',
  });
}

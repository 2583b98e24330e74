/**
 * *Show instances of this class*, *Why alive?*, a picture: from the editor's context menu and from the lenses
 * above classes, answered in the heap panel.
 */
import * as vscode from 'vscode';
import { classAt } from '../model/class-at-cursor.ts';
import type { PanelView } from '../panel/messages.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  const ask = async (
    argument: unknown,
    view: (type: string) => Partial<PanelView>,
  ): Promise<void> => {
    const type = typeNamed(argument) ?? classUnderCursor() ?? (await askForClass());
    if (type !== undefined) {
      await vscode.commands.executeCommand('whyalive.showHeap', view(type));
    }
  };
  registerCommand(app, 'whyalive.showInstances', (argument?: unknown) =>
    ask(argument, (type) => ({
      tab: 'object',
      focus: { set: { type }, title: type, snapshot: null },
    })),
  );
  registerCommand(app, 'whyalive.whyAlive', (argument?: unknown) =>
    ask(argument, (type) => ({ tab: 'why', why: { type } })),
  );
  registerCommand(app, 'whyalive.showPicture', (argument?: unknown) =>
    ask(argument, (type) => ({ tab: 'picture', picture: { type, count: 3 } })),
  );
}

/** What a lens of the server's passes; a menu passes the file instead. */
function typeNamed(argument: unknown): string | undefined {
  const type =
    typeof argument === 'object' && argument !== null && 'type' in argument
      ? argument.type
      : undefined;
  return typeof type === 'string' ? type : undefined;
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

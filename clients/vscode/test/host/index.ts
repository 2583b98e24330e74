/**
 * Tests inside the extension host, with the whole `vscode` API, against the scripted server.
 *
 * `run` is what VS Code calls; it ends with an error when a test fails. Bundled by test_extension_host.py.
 */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const extensionId = 'whyalive.whyalive';
const patience = 60_000;

async function until<T>(what: string, ask: () => Thenable<T> | T): Promise<NonNullable<T>> {
  const deadline = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer;
    }
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function extension(): vscode.Extension<unknown> {
  return vscode.extensions.getExtension(extensionId) ?? assert.fail(`${extensionId} is missing`);
}

async function openDispatcher(): Promise<vscode.TextDocument> {
  const [file] = await vscode.workspace.findFiles('**/dispatcher.py');
  const document = await vscode.workspace.openTextDocument(file ?? assert.fail('no dispatcher.py'));
  await vscode.window.showTextDocument(document);
  return document;
}

function terminalWith(words: string[]): vscode.Terminal | undefined {
  return vscode.window.terminals.find(({ creationOptions }) => {
    const { shellArgs } = creationOptions as vscode.TerminalOptions;
    return JSON.stringify(shellArgs) === JSON.stringify(words);
  });
}

async function hintsOf(document: vscode.TextDocument): Promise<string[]> {
  const all = new vscode.Range(0, 0, document.lineCount, 0);
  const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
    'vscode.executeInlayHintProvider',
    document.uri,
    all,
  );
  return hints.map(({ label }) =>
    typeof label === 'string' ? label : label.map((part) => part.value).join(''),
  );
}

const tests: Record<string, () => Promise<void>> = {
  'a Python file activates the extension': async () => {
    await openDispatcher();
    await until('activation', () => extension().isActive);
  },

  'every contributed command is registered': async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension().packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const missing = contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
    assert.ok(contributes.commands.length > 10);
  },

  'paths of programs cannot be set by an untrusted workspace': () => {
    const { capabilities } = extension().packageJSON as {
      capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
    };
    const { restrictedConfigurations } = capabilities.untrustedWorkspaces;
    assert.deepEqual(restrictedConfigurations, ['whyalive.server.path', 'whyalive.python.path']);
    return Promise.resolve();
  },

  'attaching by pid takes a first snapshot, and hints appear': async () => {
    const document = await openDispatcher();
    assert.deepEqual(await hintsOf(document), [], 'before a snapshot there are none');
    await vscode.commands.executeCommand('whyalive.attach', 4711);
    assert.deepEqual(await hintsOf(document), ['⟵ keeps 100 Iq · 18.2 MB']);
  },

  'hints follow the buffer, not the file on disk': async () => {
    const document = await openDispatcher();
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '# new first line\n');
    await vscode.workspace.applyEdit(edit);
    const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
      'vscode.executeInlayHintProvider',
      document.uri,
      new vscode.Range(0, 0, document.lineCount, 0),
    );
    assert.equal(hints[0]?.position.line, 6);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  },

  'hints can be switched off by the setting': async () => {
    const document = await openDispatcher();
    const settings = vscode.workspace.getConfiguration('whyalive');
    await settings.update('hints.enabled', false, vscode.ConfigurationTarget.Global);
    assert.deepEqual(await hintsOf(document), []);
    await settings.update('hints.enabled', undefined, vscode.ConfigurationTarget.Global);
    assert.equal((await hintsOf(document)).length, 1);
  },

  'a snapshot can be forgotten': async () => {
    const document = await openDispatcher();
    await vscode.commands.executeCommand('whyalive.takeSnapshot');
    assert.deepEqual(await hintsOf(document), ['⟵ keeps 200 Iq · 18.2 MB']);
    await vscode.commands.executeCommand('whyalive.closeSnapshot', {
      snapshot: { snapshot: 's1' },
    });
    const one = (): Promise<boolean> =>
      hintsOf(document).then((hints) => hints[0]?.includes('keeps 100') === true);
    await until('the hints of the snapshot that is left', one);
  },

  'what a lens asks of a class is answered in the heap panel': async () => {
    await vscode.commands.executeCommand('whyalive.whyAlive', { type: 'xmpp.protocol.Iq' });
    const panels = (): vscode.Tab[] =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(
          ({ input }) =>
            input instanceof vscode.TabInputWebview && input.viewType.endsWith('whyalive.heap'),
        );
    await until('the panel', () => panels().length === 1);
    await vscode.commands.executeCommand('whyalive.showInstances', { type: 'xmpp.protocol.Iq' });
    assert.equal(panels().length, 1, 'there is one panel');
    await vscode.window.tabGroups.close(panels());
  },

  'the console is a terminal of the attached process': async () => {
    await vscode.commands.executeCommand('whyalive.openConsole');
    const terminal = await until('the terminal', () =>
      vscode.window.terminals.find(({ name }) => name === 'WhyAlive console: daemon.py'),
    );
    const options = terminal.creationOptions as vscode.TerminalOptions;
    assert.deepEqual(options.shellArgs, ['console', '4712'], 'in the copy of what is shown');
    terminal.dispose();
  },

  'an object of the panel is `_` in the console of its copy': async () => {
    await vscode.commands.executeCommand('whyalive.openConsole', { object: 81, inSnapshot: 's2' });
    const terminal = await until('the terminal', () =>
      terminalWith(['console', '4712', '--object', '81']),
    );
    terminal.dispose();
  },

  'a console in the process itself needs its setting': async () => {
    const live = (): vscode.Terminal | undefined =>
      vscode.window.terminals.find(({ name }) => name.endsWith('(live)'));
    await vscode.commands.executeCommand('whyalive.openLiveConsole');
    assert.equal(live(), undefined, 'it is off by default');
    const settings = vscode.workspace.getConfiguration('whyalive');
    await settings.update('console.live', true, vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('whyalive.openLiveConsole');
    const terminal = await until('the terminal', live);
    const options = terminal.creationOptions as vscode.TerminalOptions;
    assert.deepEqual(options.shellArgs, ['console', '4711', '--live']);
    terminal.dispose();
    await settings.update('console.live', undefined, vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('notifications.clearAll');
  },

  'a frozen copy can be ended': async () => {
    await vscode.commands.executeCommand('whyalive.releaseCopy', { snapshot: { snapshot: 's2' } });
    await vscode.commands.executeCommand('whyalive.openConsole');
    const terminal = await until('a console of the process', () =>
      terminalWith(['console', '4711']),
    );
    terminal.dispose();
  },

  'where no debugger stands, a snapshot of a place is refused and nothing is taken': async () => {
    const taken = await vscode.commands.executeCommand('whyalive.snapshotHere');
    assert.equal(taken, undefined);
    await vscode.commands.executeCommand('notifications.clearAll');
  },

  'a location of a suspect opens at its column, counted in UTF-8 bytes': async () => {
    const document = await openDispatcher();
    await vscode.commands.executeCommand('whyalive.openLocation', {
      file: document.fileName,
      line: 6,
      column: 9,
    });
    const { active } = vscode.window.activeTextEditor?.selection ?? assert.fail('no editor');
    assert.deepEqual([active.line, active.character], [5, 8]);
  },
};

export async function run(): Promise<void> {
  const failed: string[] = [];
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok: ${name}`);
    } catch (error) {
      failed.push(name);
      console.error(`FAILED: ${name}: ${error instanceof Error ? (error.stack ?? '') : ''}`);
    }
  }
  if (failed.length > 0) {
    throw new Error(
      `${failed.length} of ${Object.keys(tests).length} failed: ${failed.join('; ')}`,
    );
  }
}

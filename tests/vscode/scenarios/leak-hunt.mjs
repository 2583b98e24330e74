// From a running process to the leaking line, with nothing but what the package brings.
import assert from 'node:assert/strict';
import { scenario, until } from '../driver/editor.mjs';

const pid = process.env.WHYALIVE_TARGET_PID;
const storeLine = 'self._expected[self.send(stanza)] = (func, args)';
const themes = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  contrast: 'Dark High Contrast',
  'contrast-light': 'Light High Contrast',
};

/** What each tab shows once it has its answer. */
const tabs = {
  Overview: 'Resident memory:',
  Kinds: 'xmpp.simplexml.Node',
  Suspects: 'xmpp.protocol.Iq',
  'Why alive': 'xmpp.protocol.Iq',
  // Whose row comes first depends on what the program was doing: a frame may hold the dispatcher, too.
  Dominators: /rows that nothing but the roots keep/,
  Compare: 'xmpp.simplexml.Node',
  Cycles: 'Cycles that are alive',
  Object: 'reference count',
  Picture: 'nodes',
  SQL: 'rows',
};

async function setTheme(editor, name) {
  await editor.command('Preferences: Color Theme');
  await editor.pick(themes[name]);
}

/** As the hint on the line that defines the holder says. */
async function entriesHeld(editor) {
  const [count] = /[\d,]+(?= entries)/.exec(await editor.lineWith('_expected = {}', 'entries'));
  return count;
}

await scenario('leak-hunt', {}, async (editor) => {
  await editor.openFile('xmpp/dispatcher.py', 30);
  await editor.statusBar('WhyAlive');

  // A first snapshot comes with attaching: figures appear beside what is defined here.
  await editor.command('WhyAlive: Attach to Python process…');
  await editor.pick('', pid);
  await editor.statusBar(`daemon.py ${pid}`);
  const before = await entriesHeld(editor);

  // A second one shows what grew, on the line that stores it.
  await editor.command('WhyAlive: Take snapshot');
  const entries = await until('the hints of the second snapshot', async () => {
    const now = await entriesHeld(editor);
    return now !== before && now;
  });
  const line = await editor.lineWith(storeLine, '⟵');
  assert.match(line, /keeps [\d,]+ Iq · [\d.]+ [kM]B/);
  await editor.statusBar('suspect');
  const lens = await editor.lens(`holds ${entries} entries`);
  assert.match(await lens.innerText(), /suspect 1: Dispatcher\._expected/);
  await editor.screenshot('hints');

  // Problems names it too, as information or warning and never as an error.
  const problems = await editor.problems();
  await problems.filter({ hasText: '_expected' }).first().waitFor();
  await editor.screenshot('problems');
  await editor.command('View: Toggle Panel Visibility');

  // The view has it first; the jump leads to the line from wherever one is.
  await editor.openFile('daemon.py');
  await editor.command('View: Show WhyAlive');
  await editor.page
    .locator('.pane-body .monaco-list-row', { hasText: '_expected' })
    .first()
    .waitFor();
  await editor.command('WhyAlive: Jump to leaking code');
  await editor.page.locator('.tab.active[data-resource-name="dispatcher.py"]').waitFor();
  await editor.statusBar('Ln 41');
  await editor.screenshot('jump-to-leak');

  // The panel: from the first suspect to why, to an object, to a picture; SQL.
  await editor.command('View: Toggle Primary Side Bar Visibility');
  await editor.command('WhyAlive: Show heap');
  const panel = editor.panel();
  const tab = (name) => panel.getByRole('tab', { name, exact: true }).click();
  const button = (name) => panel.getByRole('button', { name, exact: true }).first();
  await panel.getByRole('heading', { name: 'First suspect' }).waitFor();
  await tab('Suspects');
  await button('Why are Iq alive?').click();
  await panel.getByRole('heading', { name: '_expected' }).first().waitFor();
  await panel
    .getByRole('button', { name: /dispatcher\.py:/ })
    .first()
    .waitFor();
  await tab('Kinds');
  const kind = panel.getByRole('row', { name: /^xmpp\.protocol\.Iq/ }).first();
  await kind.getByRole('gridcell').nth(1).click();
  await button('Show instances').click();
  await panel.getByText(/objects · .* · at least/).waitFor();
  await editor.screenshot('panel-instances-real');
  await panel
    .getByRole('row', { name: '<xmpp.protocol.Iq>' })
    .first()
    .getByRole('button')
    .first()
    .click();
  await panel.getByText(tabs.Object).first().waitFor();
  // Python in the frozen copy: beside the object, and in a terminal where `_` is the object.
  const expression = panel.getByRole('textbox', { name: /Expression to evaluate/ });
  await expression.fill('type(_).__name__, 6 * 7');
  await expression.press('Enter');
  await panel.getByText("('Iq', 42)", { exact: true }).waitFor();
  await expression.fill('1 / 0');
  await expression.press('Enter');
  await panel.getByText('ZeroDivisionError').waitFor();
  // What `print(iq)` would say.
  await panel.locator('.live-value', { hasText: '<iq ' }).waitFor();
  await editor.screenshot('panel-value');
  await button('Console').click();
  await editor.terminal('touches the copy only');
  await editor.page.keyboard.type('type(_).__name__, heap.count("Iq") > 1000\n');
  await editor.terminal("('Iq', True)");
  await editor.screenshot('console');
  await editor.page.keyboard.press('Control+D');
  await editor.page.locator('.terminal-wrapper').waitFor({ state: 'detached' });
  await button('Picture').click();
  await panel.locator('g.node').first().waitFor();
  await tab('SQL');
  await button('Run').click();
  await panel.getByText(/^\d+ rows/).waitFor();

  // Each tab in both themes.
  for (const theme of ['light', 'dark']) {
    await setTheme(editor, theme);
    for (const [name, text] of Object.entries(tabs)) {
      await tab(name);
      await panel.getByRole('tabpanel').getByText(text).first().waitFor();
      await editor.screenshot(`panel-${name.toLowerCase().replace(' ', '-')}-${theme}`);
    }
    await tab('Dominators');
    await panel.getByLabel('Show as').selectOption('Flame graph');
    await panel.getByRole('treeitem').nth(3).waitFor();
    await editor.screenshot(`panel-flame-${theme}`);
    await panel.getByLabel('Show as').selectOption('Tree of objects');
  }
  // What Graphviz drew, on the blackest and the whitest.
  for (const theme of ['contrast-light', 'contrast']) {
    await setTheme(editor, theme);
    await tab('Picture');
    await panel.getByText(/^\d+ nodes/).waitFor();
    await editor.screenshot(`panel-picture-${theme}`);
  }
  await setTheme(editor, 'dark');
  await editor.printPaints();
  await editor.openFile('xmpp/dispatcher.py', 30);
  await editor.lineWith(storeLine, '⟵');
  await editor.screenshot('hints-dark');

  await editor.command('WhyAlive: Detach');
  await editor.statusBar('WhyAlive');
});

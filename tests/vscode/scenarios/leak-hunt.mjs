// From a running process to the leaking line, with nothing but what the package brings.
import assert from 'node:assert/strict';
import { scenario, until } from '../driver/editor.mjs';

const pid = process.env.WHYALIVE_TARGET_PID;
const storeLine = 'self._expected[self.send(stanza)] = (func, args)';
const themes = { light: 'Light Modern', dark: 'Dark Modern' };

const tabs = {
  Overview: 'First suspect',
  Kinds: 'xmpp.simplexml.Node',
  Suspects: 'xmpp.protocol.Iq',
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
  await editor.statusBar('Snapshot s2');
  const entries = await until('the hints of the second snapshot', async () => {
    const now = await entriesHeld(editor);
    return now !== before && now;
  });
  const line = await editor.lineWith(storeLine, '⟵');
  assert.match(line, /keeps [\d,]+ Iq · [\d.]+ [kM]B/);
  await editor.statusBar('suspect');
  const lens = await editor.lens(`holds ${entries.replaceAll(',', '')} entries`);
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

  // The panel, in both themes.
  await editor.command('View: Toggle Primary Side Bar Visibility');
  await editor.command('WhyAlive: Show heap');
  const panel = editor.panel();
  await panel.getByRole('heading', { name: 'First suspect' }).waitFor();
  for (const theme of ['light', 'dark']) {
    await setTheme(editor, theme);
    for (const [tab, text] of Object.entries(tabs)) {
      await panel.getByRole('tab', { name: tab }).click();
      await panel.getByText(text).first().waitFor();
      await editor.screenshot(`panel-${tab.toLowerCase()}-${theme}`);
    }
  }
  await editor.openFile('xmpp/dispatcher.py', 30);
  await editor.lineWith(storeLine, '⟵');
  await editor.screenshot('hints-dark');

  await editor.command('WhyAlive: Detach');
  await editor.statusBar('WhyAlive');
});

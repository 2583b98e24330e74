// The extension against the scripted server of clients/vscode/test/fake-server.mjs.
import assert from 'node:assert/strict';
import { scenario } from '../driver/editor.mjs';

const settings = { 'whyalive.server.path': process.env.WHYALIVE_FAKE_SERVER };

await scenario('client', { settings }, async (editor) => {
  await editor.openFile('dispatcher.py');
  await editor.statusBar('WhyAlive');

  // Attach: the picker offers the processes; a first snapshot follows and hints appear.
  await editor.command('WhyAlive: Attach to Python process…');
  await editor.page.locator('.quick-input-list .monaco-list-row', { hasText: '4711' }).waitFor();
  await editor.screenshot('attach-picker');
  await editor.pick('', '4711');
  await editor.statusBar('daemon.py 4711');
  await editor.lineWith('self._expected[stanza.id] = callback', 'keeps 100 Iq');

  // Another snapshot: the server says refresh, the hint follows.
  await editor.command('WhyAlive: Take snapshot');
  await editor.lineWith('self._expected[stanza.id] = callback', 'keeps 200 Iq');
  await editor.statusBar('1 suspect');

  // The views say the same; a click on a suspect opens its line.
  await editor.command('View: Show WhyAlive');
  const row = (text) => editor.page.locator('.pane-body .monaco-list-row', { hasText: text });
  await row('attached · 4711').waitFor();
  await row('941,213 objects').nth(1).waitFor();
  await row('Dispatcher._expected').first().click();
  await editor.statusBar('Ln 6, Col 9');
  await editor.screenshot('views');

  // The heap panel: tabs, a table of 5,000 rows of which a screenful exists, growth, filter.
  await editor.command('WhyAlive: Show heap');
  const panel = editor.panel();
  await panel.getByText('dict of xmpp.simplexml.Node').first().waitFor();
  await editor.screenshot('heap-overview');
  await panel.getByRole('tab', { name: 'Kinds' }).click();
  await panel.getByText('5,000 rows').waitFor();
  assert.ok((await panel.getByRole('row').count()) < 100, 'only rows in sight exist');
  await panel.getByRole('columnheader', { name: 'Growth' }).click();
  await panel.getByRole('row', { name: '+241' }).waitFor();
  await editor.screenshot('heap-kinds');
  await panel.getByRole('searchbox').fill('class4999');
  await panel.getByText('1 of 5,000 rows').waitFor();
  await panel.getByRole('tab', { name: 'Suspects' }).click();
  await panel.getByText('Dispatcher._expected holds 3,100 entries').waitFor();
  await editor.screenshot('heap-suspects');
  await panel.getByRole('button', { name: 'dispatcher.py:6' }).click();
  await editor.statusBar('Ln 6, Col 9');

  // A process that cannot be attached is refused before anything is asked of it.
  await editor.command('WhyAlive: Attach to Python process…');
  await editor.pick('secret', '13');
  await editor.notification('cannot be attached').waitFor();
  await editor.clearNotifications();

  await editor.command('WhyAlive: Attach to Python process…');
  await editor.pick('slow', '77');
  await editor.statusBar('slow.service 77');

  // Its snapshot never ends by itself: Cancel does.
  const progress = editor.notification('Taking a snapshot');
  await progress.waitFor();
  await progress.hover();
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await progress.waitFor({ state: 'detached' });
  assert.equal(
    await editor.notification('Cancelled').count(),
    0,
    'a cancelled request is no error',
  );

  await editor.command('WhyAlive: Attach to Python process…');
  await editor.pick('daemon', '4711');
  await editor.lineWith('self._expected[stanza.id] = callback', 'keeps 300 Iq');

  // The server dies while attaching: it is started again, and the reason is told.
  await editor.command('WhyAlive: Attach to Python process…');
  await editor.pick('crash', '99');
  const reason = editor.notification('edge 12 points outside');
  await reason.waitFor();
  assert.match(await reason.innerText(), /exit code 3/);
  await editor.screenshot('server-crashed');
  assert.equal(await editor.notification('connection got disposed').count(), 0, 'told once');
  await editor.clearNotifications();

  // And it works again, on the process it had before.
  await editor.statusBar('daemon.py 4711');
  await editor.command('WhyAlive: Take snapshot');
  await editor.lineWith('self._expected[stanza.id] = callback', 'keeps 100 Iq');

  // Where the kernel guards a frozen copy less, that is said, once.
  await editor.command('WhyAlive: Attach to Python process…');
  await editor.pick('old.kernel', '55');
  const guard = editor.notification('neither seccomp filters nor Landlock');
  await guard.getByRole('button', { name: 'End the Frozen Copy' }).click();
  await guard.waitFor({ state: 'detached' });
  await editor.command('WhyAlive: Take snapshot');
  await editor.lineWith('self._expected[stanza.id] = callback', 'keeps 300 Iq');
  assert.equal(await guard.count(), 0, 'told once');
  await editor.command('WhyAlive: Show heap');
  await editor.panel().getByRole('tab', { name: 'Object', exact: true }).click();
  const text = editor.panel().getByRole('textbox', { name: 'Class name or address' });
  await text.fill('Iq');
  await text.press('Enter');
  await editor.panel().getByRole('grid', { name: 'Objects' }).press('Enter');
  await editor.panel().getByText('neither seccomp filters nor Landlock').waitFor();
  await editor.command('WhyAlive: Detach');
  await editor.statusBar('WhyAlive');
});

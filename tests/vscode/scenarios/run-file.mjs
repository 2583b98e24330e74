// Run this file with WhyAlive: a terminal of its own, the agent inside, attached, a first snapshot.
import { scenario, until } from '../driver/editor.mjs';

await scenario('run-file', {}, async (editor) => {
  await editor.openFile('daemon.py');
  await editor.statusBar('WhyAlive');
  await editor.command('WhyAlive: Run this file with WhyAlive');
  await editor.statusBar('daemon.py ');

  // The first snapshot comes by itself, but of a program that has just begun.
  const hint = editor.page
    .locator('.view-line', { hasText: 'class Event:' })
    .filter({ hasText: 'live' });
  await until('a snapshot with an Event in it', async () => {
    await editor.command('WhyAlive: Take snapshot');
    await hint.waitFor({ timeout: 5000 }).catch(() => {});
    return (await hint.count()) > 0;
  });
  await editor.lineWith('class Event:', 'live');
  await editor.screenshot('run-file');

  // The program ends with its terminal; what was seen of it stays.
  await editor.command('Terminal: Kill the Active Terminal Instance');
  await editor.statusBar('ended');
  await editor.lineWith('class Event:', 'live');
});

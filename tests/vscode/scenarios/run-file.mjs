// Run this file with WhyAlive: a terminal of its own, the agent inside, attached, a first snapshot.
import { scenario } from '../driver/editor.mjs';

await scenario('run-file', {}, async (editor) => {
  await editor.openFile('daemon.py');
  await editor.statusBar('WhyAlive');
  await editor.command('WhyAlive: Run this file with WhyAlive');
  await editor.statusBar('daemon.py ');

  // The first snapshot comes by itself, but of a program that has just begun.
  const hint = editor.page
    .locator('.view-line', { hasText: 'class Event:' })
    .filter({ hasText: 'live' });
  for (let attempt = 0; attempt < 10 && (await hint.count()) === 0; attempt += 1) {
    await editor.command('WhyAlive: Take snapshot');
    await hint.waitFor({ timeout: 3000 }).catch(() => {});
  }
  await editor.lineWith('class Event:', 'live');
  await editor.screenshot('run-file');

  // The program ends with its terminal; what was seen of it stays.
  await editor.command('Terminal: Kill the Active Terminal Instance');
  await editor.statusBar('ended');
  await editor.lineWith('class Event:', 'live');
});

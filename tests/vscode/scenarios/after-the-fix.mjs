// The leaking line is put right, the program started again: what grew before does not grow any more.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scenario, until } from '../driver/editor.mjs';

const library = path.join(process.env.WHYALIVE_WORKSPACE, 'xmpp', 'dispatcher.py');
const leak = 'self._expected[stanza.getID()]';
const fix = 'self._expected.pop(stanza.getID())';

const daemons = [];

/** Starts the daemon and waits until it is at work; it ends with the scenario. */
async function startDaemon() {
  const daemon = spawn(
    process.env.WHYALIVE_PROGRAM,
    ['run', '--', 'daemon.py', '--rate', '100', '--warmup', '3000'],
    { cwd: process.env.WHYALIVE_WORKSPACE, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  daemons.push(daemon);
  let said = '';
  daemon.stdout.on('data', (text) => (said += text));
  const [, pid] = await until('the daemon', () => /ready: pid (\d+)/.exec(said));
  return pid;
}

async function twoSnapshots(editor, pid, before) {
  await editor.command('WhyAlive: Attach to Python process…');
  await editor.pick('', pid);
  await editor.statusBar(`daemon.py ${pid}`);
  await editor.snapshots(before + 1);
  await editor.command('WhyAlive: Take snapshot');
  await editor.snapshots(before + 2);
}

await scenario('after-the-fix', {}, async (editor) => {
  await editor.openFile('xmpp/dispatcher.py', 5);
  await editor.command('View: Show WhyAlive');
  await twoSnapshots(editor, await startDaemon(), 0);
  await editor.command('WhyAlive: Show heap');
  const panel = editor.panel();
  await panel.getByRole('tab', { name: 'Compare' }).click();
  await panel.getByLabel('Group by').selectOption('Holder');
  await panel.getByRole('row', { name: '_expected' }).first().waitFor();
  await editor.screenshot('compare-before-the-fix');

  const source = readFileSync(library, 'utf8');
  assert.ok(source.includes(leak));
  writeFileSync(library, source.replace(`func, args = ${leak}`, `func, args = ${fix}`));
  await editor.openFile('xmpp/dispatcher.py', 5);
  await editor.lineWith(fix);
  await twoSnapshots(editor, await startDaemon(), 2);
  await editor.command('WhyAlive: Show heap');
  await panel.getByText(/^s4 with/).waitFor();
  await panel.getByText(/\d+ rows? ·/).waitFor();
  // Only questions on their way are expected: some, and not more and more.
  for (const row of await panel.getByRole('row', { name: '_expected' }).all()) {
    const entries = await row.getByRole('gridcell').nth(2).innerText();
    assert.ok(Number(entries.replaceAll(',', '')) < 200, `${entries} entries`);
  }
  await editor.screenshot('compare-after-the-fix');
});
for (const daemon of daemons) daemon.kill('SIGKILL'); // else this process would wait for them

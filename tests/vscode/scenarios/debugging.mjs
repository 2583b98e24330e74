// A real debugpy session: its process is joined by itself, a snapshot at a breakpoint bears the place's name,
// and a step over a statement shows what it leaves behind.
import { scenario } from '../driver/editor.mjs';

const settings = { 'whyalive.debug.attach': 'always', 'whyalive.snapshot.onAttach': false };

await scenario('debugging', { settings }, async (editor) => {
  await editor.openFile('growing.py', 13);
  await editor.command('Debug: Toggle Breakpoint');
  await editor.command('Debug: Start Debugging');
  await editor.page.locator('.debug-toolbar').waitFor();
  await editor.page.getByText('Paused on breakpoint').first().waitFor();
  await editor.statusBar('growing.py ');
  await editor.notification('Attached to growing.py').waitFor();
  await editor.clearNotifications();

  await editor.command('WhyAlive: Take snapshot here');
  await editor.command('View: Show WhyAlive');
  const row = (text) => editor.page.locator('.pane-body .monaco-list-row', { hasText: text });
  await row('growing.py:13').first().waitFor();

  await editor.command('WhyAlive: Step over and compare snapshots');
  const panel = editor.panel();
  await panel.getByRole('row', { name: 'Leaf' }).first().waitFor();
  await panel.getByRole('row', { name: '+1,000' }).first().waitFor();
  await editor.screenshot('step-compared');
  await row('after growing.py:13').first().waitFor();

  await editor.command('Debug: Stop');
  await editor.statusBar('ended');
});

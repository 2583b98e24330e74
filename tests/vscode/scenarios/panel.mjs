// Every tab of the heap panel, against the scripted server: what each shows, where its names lead, what the
// keyboard does, and that a reload comes back to it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { violations } from '../driver/accessibility.mjs';
import { scenario, until } from '../driver/editor.mjs';

const settings = { 'whyalive.server.path': process.env.WHYALIVE_FAKE_SERVER };
const themes = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  contrast: 'Dark High Contrast',
  'contrast-light': 'Light High Contrast',
};

/** What each tab shows once it has its answer. */
const tabs = {
  Overview: 'First suspect',
  Kinds: '5,000 rows',
  Suspects: 'Dispatcher._expected holds 3,100 entries',
  'Why alive': 'class Dispatcher:',
  Dominators: 'reachable objects',
  Compare: '300 rows',
  Cycles: 'points back to what holds the Node',
  Object: 'reference count 2',
  Picture: '2,431 more referrers',
  SQL: 'rows',
};

/** Each tab in each theme: a picture to look at, and nothing that stands in a screen reader's way. */
async function inEveryTheme(editor) {
  const panel = editor.panel();
  const found = {};
  for (const [theme, title] of Object.entries(themes)) {
    await editor.command('Preferences: Color Theme');
    await editor.pick(title);
    for (const [name, text] of Object.entries(tabs)) {
      await panel.getByRole('tab', { name, exact: true }).click();
      await panel.getByRole('tabpanel').getByText(text).first().waitFor();
      await editor.screenshot(`tab-${name.toLowerCase().replace(' ', '-')}-${theme}`);
      // Colours are all that a theme changes.
      const rules = theme === 'light' ? [] : ['color-contrast'];
      found[`${name}, ${title}`] = await violations(panel, ...rules);
    }
  }
  const broken = Object.entries(found).filter(([, rules]) => rules.length > 0);
  assert.deepEqual(broken, [], JSON.stringify(broken, null, 1));
}

await scenario('panel', { settings }, async (editor) => {
  await editor.openFile('dispatcher.py');
  await editor.statusBar('WhyAlive');
  await editor.command('WhyAlive: Attach to Python process…');
  await editor.pick('', '4711');
  await editor.statusBar('daemon.py 4711');
  await editor.command('WhyAlive: Take snapshot');
  await editor.statusBar('1 suspect');
  await editor.command('WhyAlive: Show heap');
  const panel = editor.panel();
  const tab = (name) => panel.getByRole('tab', { name, exact: true }).click();
  const button = (name) => panel.getByRole('button', { name, exact: true }).first();

  await panel.getByText("free in Python's arenas").waitFor();
  await panel.getByText('Much of Python').waitFor();

  // From a kind to its 1,000,000 instances, of which a screenful exists, to one of them, and back.
  await tab('Kinds');
  // Names with a source are links to it, others are names.
  await panel.getByRole('button', { name: 'dict of xmpp.simplexml.Node' }).waitFor();
  await panel.getByText('collections.OrderedDict').waitFor();
  assert.equal(await panel.getByRole('button', { name: 'collections.OrderedDict' }).count(), 0);
  const kind = panel.getByRole('row', { name: 'dict of xmpp.simplexml.Node' });
  await kind.getByRole('gridcell').nth(1).click();
  await button('Show instances').click();
  await panel.getByText('1,000,000 objects').waitFor();
  assert.ok((await panel.getByRole('row').count()) < 100, 'only rows in sight exist');
  const grid = panel.getByRole('grid', { name: 'Objects' });
  await grid.press('End');
  await panel.getByText('<Iq 999999>').waitFor();
  await editor.screenshot('panel-instances');
  await grid.press('Enter');
  await panel.getByText('reference count 2').waitFor();
  await panel.getByText("{'iq': <Iq>}").waitFor();
  await panel.locator('#content:focus').waitFor(); // not lost with the table that it was in
  await editor.screenshot('panel-object');
  // Python asked of the frozen copy: what it gives, and what it raises.
  const expression = panel.getByRole('textbox', { name: /Expression to evaluate/ });
  await expression.fill('str(_)');
  await expression.press('Enter');
  await panel.getByText("'str(_) of 999999'").waitFor();
  await expression.fill('boom');
  await expression.press('Enter');
  await panel.getByText("name 'boom' is not defined").waitFor();
  await button('Back (Alt+Left)').click();
  await panel.getByText('1,000,000 objects').waitFor();
  await button('Forward (Alt+Right)').click();
  await panel.getByText('reference count 2').waitFor();
  await button('Why alive?').click();
  await panel.getByText('__main__.client._expected[…]').first().waitFor();
  await panel.getByText('class Dispatcher:').first().waitFor();
  await editor.screenshot('panel-why');

  // The dominator tree by keys; the flame graph.
  await tab('Dominators');
  const tree = panel.getByRole('treegrid', { name: 'Dominator tree' });
  await panel.getByText('100.0 MB').or(panel.getByText('104.0 MB')).first().waitFor();
  await tree.press('ArrowRight');
  await tree.locator('[aria-level="2"]').first().waitFor();
  await tree.press('End');
  await panel.getByText('150 more…').click();
  await editor.screenshot('panel-dominators');
  await panel.getByLabel('Show as').selectOption('Flame graph');
  await panel.getByRole('treeitem', { name: 'module __main__' }).click();
  await button('Whole heap').waitFor();
  await button('Whole heap').click();
  await panel.getByRole('treeitem', { name: 'reachable objects' }).waitFor();
  await editor.screenshot('panel-flame');

  await tab('Compare');
  await panel.getByText('xmpp.protocol.Iq').first().waitFor();
  await panel.getByText('300 rows').waitFor();
  assert.equal(await panel.locator('.chart figure').count(), 0, 'two snapshots are no series');
  await editor.command('WhyAlive: Take snapshot');
  await panel.getByRole('img', { name: 's1 99.6 MB, s2 103.7 MB, s3 107.8 MB' }).waitFor();
  await panel.getByLabel('s1', { exact: true }).check();
  await panel.getByRole('columnheader', { name: 's1' }).waitFor();
  await panel.getByRole('row', { name: 'package.Class3' }).first().click();
  await panel.getByText('Count of package.Class3').waitFor();
  await editor.screenshot('panel-compare');
  await tab('Cycles');
  await panel.getByText('points back to what holds the Node').waitFor();
  await editor.screenshot('panel-cycles');

  // A picture: a hostile label runs nothing; a node leads on.
  await tab('Picture');
  await panel.getByPlaceholder('Class name').fill('Iq');
  await panel.getByPlaceholder('Class name').press('Enter');
  await panel.getByText('2,431 more referrers').waitFor();
  await panel.getByRole('button', { name: 'Iq, xmpp.protocol.Iq' }).click();
  await button('Draw more of it').waitFor();
  assert.equal(await panel.getByText('ran', { exact: true }).count(), 0, 'nothing of it ran');
  await editor.screenshot('panel-picture');

  // SQL: completion, a mistake, 1,000 rows, history.
  await tab('SQL');
  const query = panel.getByRole('textbox', { name: /SQL query/ });
  await query.fill('');
  await query.pressSequentially('SELECT id FROM ob');
  await panel.getByRole('option', { name: 'objects every object' }).waitFor();
  await query.press('Tab');
  assert.equal(await query.inputValue(), 'SELECT id FROM objects');
  await panel.locator('[data-token="table"]', { hasText: 'objects' }).waitFor();
  await query.press('Control+Enter');
  await panel.getByText('the first 1,000 rows').waitFor();
  await editor.screenshot('panel-sql');
  await button('Export CSV').click();
  const csv = path.join(process.env.WHYALIVE_WORKSPACE, 'query.csv');
  await editor.chooseFile(csv);
  await until('the exported table', () => existsSync(csv));
  assert.match(readFileSync(csv, 'utf8'), /^id,type,size\r?\n1,xmpp\.Class0,0\r?\n/);
  await editor.clearNotifications();
  await query.fill('SELECT 1 FROM objcts');
  await query.press('Control+Enter');
  await panel.getByText('Did you mean objects?').waitFor();
  await panel.getByLabel('Earlier queries').selectOption({ label: 'SELECT id FROM objects' });
  assert.equal(await query.inputValue(), 'SELECT id FROM objects');

  await editor.printPaints();
  await inEveryTheme(editor);

  // The editor's menus lead here, too.
  await editor.openFile('dispatcher.py');
  await editor.command('WhyAlive: Show instances of this class');
  await panel.getByRole('heading', { name: 'Dispatcher' }).waitFor();

  // A reload comes back to the tab and to what it showed.
  await tab('Kinds');
  await panel.getByRole('searchbox').fill('class4999');
  await panel.getByText('1 of 5,000 rows').waitFor();
  const isOld = () => panel.locator('body').evaluate(() => 'isOld' in window);
  await panel.locator('body').evaluate(() => {
    window.isOld = true;
  });
  await editor.command('Developer: Reload Webviews');
  await until('a new page', async () => !(await isOld().catch(() => true)));
  await panel.getByText('1 of 5,000 rows').waitFor();
  await tab('Overview');
  await panel.getByRole('heading', { name: 'First suspect' }).waitFor();

  // A snapshot that is forgotten goes from the views and from the panel.
  await editor.command('View: Show WhyAlive');
  const row = editor.page.locator('.pane-body .monaco-list-row', { hasText: '941,213 objects' });
  await row.first().hover();
  await row.first().getByRole('button', { name: 'Forget snapshot' }).click();
  await until('two snapshots', async () => (await row.count()) === 2);
});

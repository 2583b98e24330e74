// Each tab of the panel with a large snapshot: how long, how still the window stood, how much memory.
// Run by bench/panel.py.
import { readdirSync, readFileSync } from 'node:fs';
import { scenario } from '../driver/editor.mjs';

const file = process.env.WHYALIVE_SNAPSHOT;

/** Text that stands there once a tab has its answer; `do` is what is done instead of choosing the tab. */
const steps = [
  { name: 'Overview', shows: 'What it is made of' },
  { name: 'Kinds', shows: /^\d[\d,]* rows · / },
  { name: 'Suspects', shows: /^kept by$|^Nothing looks suspicious/ },
  { name: 'Dominators', shows: /rows? that nothing but the roots keep/ },
  { name: 'Flame graph', shows: 'each where its shortest path ends', select: 'Flame graph' },
  { name: 'Compare', shows: /^\d[\d,]* rows · / },
  { name: 'Cycles', shows: 'Cycles that are alive' },
  { name: 'SQL', shows: /^(the first )?[\d,]+ rows/, press: 'Run' },
];

function field(pid, name) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1000);
}

/** Peak and present memory, in MB, of the server and of the extension host below the editor. */
function memory(root) {
  const found = {};
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const inGroup = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[2];
      const name = words.includes('lsp')
        ? 'server'
        : words.some((word) => word === '--type=extensionHost')
          ? 'extension host'
          : undefined;
      if (name !== undefined && Number(inGroup) === root) {
        found[name] = { now: field(pid, 'VmRSS'), peak: field(pid, 'VmHWM') };
      }
    } catch {
      // it has gone meanwhile
    }
  }
  return found;
}

/** Counts in the window how long it drew nothing. */
const watchFrames = () => {
  let last = performance.now();
  globalThis.longestStill = 0;
  const frame = () => {
    const now = performance.now();
    globalThis.longestStill = Math.max(globalThis.longestStill, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
};

await scenario('large-heap', {}, async (editor) => {
  const { page } = editor;
  editor.page.setDefaultTimeout(Number(process.env.WHYALIVE_PATIENCE ?? 900_000));
  const rows = [];
  const timed = async (name, act, shown) => {
    await page.evaluate(() => {
      globalThis.longestStill = 0;
    });
    const begin = performance.now();
    await act();
    await shown();
    const taken = Math.round(performance.now() - begin);
    const still = Math.round(await page.evaluate(() => globalThis.longestStill));
    rows.push({ name, ms: taken, still });
  };
  const open = async (name, snapshots) => {
    await editor.command('WhyAlive: Open snapshot file…');
    await timed(
      name,
      () => editor.chooseFile(file),
      () => editor.snapshots(snapshots),
    );
  };

  await editor.openFile('program.py');
  await editor.command('View: Show WhyAlive');
  await page.evaluate(watchFrames);
  await open('open the file', 1);
  await open('open it again', 2);
  await editor.command('WhyAlive: Show heap');
  const panel = editor.panel();
  await panel.getByText('What it is made of').waitFor();
  const tab = (name) => panel.getByRole('tab', { name, exact: true }).click();
  await tab('Picture');
  for (const { name, shows, select, press } of steps) {
    await timed(
      name,
      async () => {
        if (select !== undefined) {
          await tab('Dominators');
          await panel.getByLabel('Show as').selectOption(select);
        } else {
          await tab(name);
        }
        if (press !== undefined) {
          await panel.getByRole('button', { name: press, exact: true }).click();
        }
      },
      () => panel.getByRole('tabpanel').getByText(shows).first().waitFor(),
    );
    await editor.screenshot(`large-${name.toLowerCase().replace(' ', '-')}`);
  }
  await tab('Kinds');
  const kind = panel.getByRole('row', { name: /Node/ }).first();
  await kind.getByRole('gridcell').nth(1).click();
  await timed(
    'instances of a kind',
    () => panel.getByRole('button', { name: 'Show instances' }).click(),
    () => panel.getByText(/objects · .* · at least/).waitFor(),
  );
  const grid = panel.getByRole('grid', { name: 'Objects' });
  await timed(
    'the last of them',
    () => grid.press('End'),
    () => panel.locator('.row.active button.link').first().waitFor(),
  );
  await timed(
    'one object',
    () => grid.press('Enter'),
    () => panel.getByText('reference count').first().waitFor(),
  );
  await timed(
    'why it is alive',
    () => panel.getByRole('button', { name: 'Why alive?', exact: true }).first().click(),
    () => panel.getByText('the way', { exact: true }).first().waitFor(),
  );
  await tab('Object');
  await timed(
    'picture of it',
    () => panel.getByRole('button', { name: 'Picture', exact: true }).first().click(),
    () => panel.locator('g.node').first().waitFor(),
  );
  const used = memory(editor.codeServer.child.pid);
  if (process.env.WHYALIVE_FIGURES === 'json') {
    console.log(JSON.stringify({ rows, memory: used }));
    return;
  }
  for (const { name, ms, still } of rows) {
    console.log(`| ${name} | ${ms} | ${still} |`);
  }
  for (const [name, { now, peak }] of Object.entries(used)) {
    console.log(`${name}: ${now} MB, at most ${peak} MB`);
  }
});

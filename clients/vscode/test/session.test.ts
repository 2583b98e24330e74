import assert from 'node:assert/strict';
import { test } from 'node:test';
import { menuEntries, statusText } from '../src/model/status-text.ts';
import { snapshotDescription, snapshotSummary } from '../src/model/snapshot-text.ts';
import { Session } from '../src/session.ts';
import type { StateChangedParams } from '../src/wire.ts';

const news: StateChangedParams = {
  target: {
    pid: 4711,
    command: 'python3 daemon.py',
    python: '3.11.7',
    rss: 18_200_000,
    alive: true,
  },
  snapshots: [
    { snapshot: 's1', label: '', pid: 4711, time: 0, objects: 941_213, bytes: 104_857_600 },
  ],
  current: 's1',
  suspects: 2,
};

function attached(): Session {
  const session = new Session();
  session.serverBecame('running');
  session.stateChanged(news);
  return session;
}

test('the status bar names the process, its memory and the suspects', () => {
  const { text, tooltip } = statusText(attached().state);
  assert.equal(text, '$(pulse) daemon.py 4711 · 18.2 MB · 2 suspects');
  assert.match(tooltip, /Python 3\.11\.7/);
});

test('a process that ended is said so; its snapshots stay', () => {
  const session = attached();
  session.stateChanged({ ...news, target: news.target && { ...news.target, alive: false } });
  assert.equal(
    statusText(session.state).text,
    '$(debug-disconnect) daemon.py 4711 · ended · 2 suspects',
  );
  const commands = menuEntries(session.state, true).map((entry) => entry.command);
  assert.ok(!commands.includes('whyalive.takeSnapshot'));
  assert.ok(commands.includes('whyalive.jumpToLeakingCode'));
});

test('a server that dies takes what it knew along, but its target is remembered', () => {
  const session = attached();
  const seen: string[] = [];
  session.onDidChange((state) => seen.push(`${state.server} ${state.snapshots.length}`));
  session.serverBecame('stopped');
  session.serverBecame('starting');
  session.serverBecame('running');
  assert.deepEqual(seen, ['stopped 0', 'starting 0', 'running 0']);
  assert.equal(session.state.target, null);
  assert.equal(session.lostTarget?.pid, 4711);
});

test('a listener that was disposed hears nothing more', () => {
  const session = attached();
  let heard = 0;
  const listening = session.onDidChange(() => (heard += 1));
  session.snapshotIsRunning(true);
  listening.dispose();
  session.snapshotIsRunning(false);
  assert.equal(heard, 1);
});

test('with nothing attached, the menu leads to attaching', () => {
  const commands = menuEntries(new Session().state, false).map((entry) => entry.command);
  assert.equal(commands[0], 'whyalive.attach');
  assert.ok(!commands.includes('whyalive.detach'));
  assert.ok(!commands.includes('whyalive.runFile'));
});

test('a snapshot is summed up with the time its process stood still', () => {
  const entry = {
    snapshot: 's2',
    label: '',
    pid: 1,
    time: 0,
    objects: 941_213,
    bytes: 104_857_600,
  };
  const times = { waitedMs: 0, walkMs: 0, analysisMs: 0 };
  assert.equal(
    snapshotSummary({ ...entry, ...times, stoppedMs: 18.2 }),
    'Snapshot s2: 941,213 objects, 104.9 MB; the process stood still for 18 ms',
  );
  assert.equal(
    snapshotSummary({ ...entry, ...times, stoppedMs: 0 }),
    'Snapshot s2: 941,213 objects, 104.9 MB',
  );
  assert.match(snapshotDescription(entry), /^\d\d:\d\d:\d\d · 941,213 objects · 104.9 MB$/);
});

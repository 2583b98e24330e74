import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleCall, liveConsoleCall } from '../src/model/console-call.ts';
import type { SessionState } from '../src/session.ts';

const snapshot = { label: '', pid: 4711, time: 0, objects: 1, bytes: 1 };
const state: SessionState = {
  server: 'running',
  target: { pid: 4711, command: 'python3 daemon.py', python: '3.11.7', rss: 1, alive: true },
  snapshots: [
    { ...snapshot, snapshot: 's1' },
    { ...snapshot, snapshot: 's2', copy: { pid: 4712, ownBytes: 0, warning: '' } },
  ],
  current: 's2',
  suspects: 0,
  snapshotRunning: false,
};

test('a console is of the instant that is shown: the copy of the current snapshot', () => {
  assert.deepEqual(consoleCall(state, undefined).words, ['console', '4712']);
  assert.equal(consoleCall(state, undefined).title, 'WhyAlive console: daemon.py');
});

test('without a copy it is of a new one, made of the process', () => {
  assert.deepEqual(consoleCall({ ...state, current: 's1' }, undefined).words, ['console', '4711']);
});

test('an object is `_` in the copy of its own snapshot, and in no other', () => {
  const words = ['console', '4712', '--object', '81'];
  assert.deepEqual(consoleCall(state, { object: 81, inSnapshot: 's2' }).words, words);
  assert.throws(() => consoleCall(state, { object: 81, inSnapshot: 's1' }), /s1 has ended: take/);
});

test('a copy that is listed among the processes is asked by its own number', () => {
  const process = { parentPid: 4711, command: '', python: '', rss: 1, user: '', note: '' };
  const words = consoleCall(state, { process: { ...process, pid: 4712, agent: 'copy' } }).words;
  assert.deepEqual(words, ['console', '4712']);
});

test('without a process there is none', () => {
  const nothing = { ...state, target: null, snapshots: [], current: null };
  assert.throws(() => consoleCall(nothing, undefined), /attach to one first/);
});

test('in the process itself only where the setting allows it', () => {
  assert.deepEqual(liveConsoleCall(state, true).words, ['console', '4711', '--live']);
  assert.throws(() => liveConsoleCall(state, false), /whyalive\.console\.live/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debuggedProcess } from '../src/model/debug-process.ts';

const event = (body: unknown) => ({ seq: 7, type: 'event', event: 'process', body });

test('the process event of a debug adapter names the process', () => {
  assert.deepEqual(
    debuggedProcess(event({ name: '/srv/app.py', systemProcessId: 4711, isLocalProcess: true })),
    { pid: 4711, name: 'app.py' },
  );
  assert.deepEqual(debuggedProcess(event({ systemProcessId: 4711 })), {
    pid: 4711,
    name: 'process 4711',
  });
});

test('other messages, other machines and nonsense are passed over', () => {
  for (const message of [
    { type: 'event', event: 'stopped', body: { systemProcessId: 1 } },
    { type: 'response', command: 'process', body: { systemProcessId: 1 } },
    event({ systemProcessId: 4711, isLocalProcess: false }),
    event({ systemProcessId: '4711' }),
    event({ systemProcessId: -1 }),
    event(null),
    null,
    'process',
  ]) {
    assert.equal(debuggedProcess(message), undefined);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure } from '../src/model/failure.ts';

function reply(message: string, fields: object): Error {
  return Object.assign(new Error(message), fields);
}

test('the remedy of an error reply follows its message', () => {
  const failure = describeFailure(
    reply('No process has pid 4711', {
      code: -32001,
      data: { kind: 'not-found', remedy: 'choose one that runs' },
    }),
  );
  assert.equal(failure?.message, 'No process has pid 4711. Choose one that runs.');
  assert.deepEqual(failure.remedies, ['Attach…', 'Show Log']);
});

test('where ptrace is not allowed, running the file is offered', () => {
  const failure = describeFailure(reply('Not allowed.', { data: { kind: 'permission-denied' } }));
  assert.deepEqual(failure?.remedies, ['Run This File', 'Show Log']);
});

test('cancelling is no failure, and a dead connection is told elsewhere', () => {
  assert.equal(describeFailure(reply('Cancelled', { code: -32800 })), undefined);
  assert.equal(describeFailure(reply('x', { data: { kind: 'cancelled' } })), undefined);
  assert.equal(describeFailure(reply('Pending response rejected', { code: -32097 })), undefined);
});

test('a server that is missing leads to the settings, anything else to a restart', () => {
  const missing = describeFailure(new Error('The whyalive program is neither here nor there'));
  assert.deepEqual(missing?.remedies, ['Open Settings', 'Show Log']);
  assert.deepEqual(describeFailure(new Error('odd'))?.remedies, ['Restart Server', 'Show Log']);
  assert.equal(describeFailure('plain text')?.message, 'plain text');
});

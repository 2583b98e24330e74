import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canAttach, findLaunched, processItems } from '../src/model/process-items.ts';
import type { ProcessInfo } from '../src/wire.ts';

function process(pid: number, some: Partial<ProcessInfo> = {}): ProcessInfo {
  return {
    pid,
    parentPid: 1,
    command: `python3 p${pid}.py`,
    python: '3.11.7',
    rss: 18_200_000,
    user: 'ada',
    agent: 'absent',
    note: '',
    ...some,
  };
}

test('processes with an agent come first, those of others last, younger ones before older', () => {
  const items = processItems([
    process(1, { agent: 'foreign' }),
    process(2),
    process(3, { agent: 'loaded' }),
    process(4),
  ]);
  assert.deepEqual(
    items.map((item) => item.process.pid),
    [3, 4, 2, 1],
  );
});

test('a row names the program, and says what the agent state means', () => {
  const [item] = processItems([
    process(7, { agent: 'unsupported', note: 'Python 2.7 is too old' }),
  ]);
  assert.equal(item?.label, '$(circle-slash) p7.py');
  assert.equal(item.description, 'pid 7 · Python 3.11.7 · 18.2 MB');
  assert.equal(item.detail, 'python3 p7.py · Python 2.7 is too old');
});

test('an agent state of a newer server is shown, not dropped', () => {
  const [item] = processItems([process(7, { agent: 'hibernating' })]);
  assert.match(item?.detail ?? '', /hibernating/);
  assert.equal(canAttach(process(7, { agent: 'hibernating' })), true);
});

test('the launched process is the terminal’s own, its child or grandchild, once its agent answers', () => {
  const loaded = { agent: 'loaded' };
  assert.equal(findLaunched([process(50, loaded)], 50)?.pid, 50);
  assert.equal(findLaunched([process(51, { ...loaded, parentPid: 50 })], 50)?.pid, 51);
  const family = [
    process(51, { parentPid: 50 }),
    process(52, { ...loaded, parentPid: 51 }),
    process(60, loaded),
  ];
  assert.equal(findLaunched(family, 50)?.pid, 52);
  assert.equal(findLaunched([process(51, { parentPid: 50 })], 50), undefined);
  assert.equal(findLaunched([process(60, loaded)], 50), undefined);
});

test('parents that form a ring do not hang the search', () => {
  const ring = [
    process(2, { parentPid: 3, agent: 'loaded' }),
    process(3, { parentPid: 2, agent: 'loaded' }),
  ];
  assert.equal(findLaunched(ring, 50), undefined);
});

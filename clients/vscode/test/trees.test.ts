import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processTree } from '../src/model/process-tree.ts';
import { snapshotTree } from '../src/model/snapshot-tree.ts';
import { mainLocation, suspectTree } from '../src/model/suspect-tree.ts';
import { utf16Column } from '../src/model/text-position.ts';
import type { ProcessInfo, SourceLocation, Suspect } from '../src/wire.ts';

function process(pid: number, parentPid: number, agent = 'loaded'): ProcessInfo {
  const command = `python3 p${pid}.py`;
  return { pid, parentPid, command, python: '3.11.7', rss: 1e6, user: 'ada', agent, note: '' };
}

test('workers hang below the process that started them', () => {
  const tree = processTree([process(12, 10), process(10, 1), process(11, 10), process(20, 1)], 11);
  assert.deepEqual(
    tree.map(({ process: { pid }, children }) => [pid, children.map((it) => it.process.pid)]),
    [
      [10, [11, 12]],
      [20, []],
    ],
  );
  assert.equal(tree[0]?.children[0]?.context, 'process.attached');
  assert.match(tree[0].children[0].description ?? '', /^attached · 11/);
});

test('a process that cannot be attached stands last and offers no attach', () => {
  const contexts = processTree([process(1, 0, 'foreign'), process(2, 0, 'absent')], undefined);
  assert.deepEqual(
    contexts.map(({ context }) => context),
    ['process.free', 'process.closed'],
  );
});

const store: SourceLocation = {
  role: 'store',
  file: '/app/xmpp/dispatcher.py',
  line: 346,
  column: 9,
  function: 'Dispatcher.SendAndCallForResponse',
  text: '    self._expected[id] = (func, args)',
};

const suspect: Suspect = {
  rank: 1,
  kind: 'growth',
  title: 'Dispatcher._expected holds 3100 entries',
  signature: 'abc',
  types: [{ type: 'xmpp.protocol.Iq', count: 6100, bytes: 341_600 }],
  count: 6100,
  retained: 18_200_000,
  growth: { count: 241, bytes: 720_000 },
  note: '',
  holder: {
    expression: '__main__.client.Dispatcher._expected',
    type: 'dict',
    steps: [
      { kind: 'module', name: '__main__' },
      { kind: 'global', name: 'client', type: 'xmpp.client.Client' },
    ],
  },
  locations: [{ ...store, role: 'define', line: 96 }, store],
};

test('a suspect leads to its store line, and unfolds into its lines and its chain', () => {
  const [node] = suspectTree([suspect]);
  assert.equal(node?.location?.line, 346);
  assert.equal(node.label, 'Dispatcher._expected');
  assert.equal(node.description, '3100 entries · +241 · 18.2 MB');
  assert.deepEqual(
    node.children?.map(({ label, description }) => `${label} | ${description}`),
    [
      'self._expected[id] = (func, args) | defined here · dispatcher.py:96',
      'self._expected[id] = (func, args) | stored here · dispatcher.py:346',
      '__main__.client.Dispatcher._expected | the holder',
    ],
  );
  assert.deepEqual(
    node.children[2]?.children?.map((step) => step.description),
    ['module', 'global · xmpp.client.Client'],
  );
});

test('equal holders are named together, since emptying one frees nothing', () => {
  const other = { ...suspect.holder, expression: 'app.registry' };
  const [node] = suspectTree([{ ...suspect, jointHolders: [other] }]);
  assert.equal(node?.children?.at(-1)?.description, 'keeps the same too');
});

test('a title that does not name a holder stays as it is', () => {
  const [node] = suspectTree([{ ...suspect, title: '3,000 closures keep request' }]);
  assert.equal(node?.label, '3,000 closures keep request');
  assert.equal(node.description, '+241 · 18.2 MB');
});

test('suspects with one signature are one row that unfolds into them', () => {
  const alike = { ...suspect, rank: 2, retained: 800_000 };
  const [group, ...rest] = suspectTree([suspect, alike, { ...suspect, signature: 'other' }]);
  assert.equal(rest.length, 1);
  assert.match(group?.description ?? '', /^2 alike · 19\.0 MB$/);
  assert.equal(group?.children?.length, 2);
  const ids = group.children.flatMap(({ id, children = [] }) => [
    id,
    ...children.map((it) => it.id),
  ]);
  assert.equal(
    new Set([group.id, ...ids]).size,
    ids.length + 1,
    'rows of a tree need ids of their own',
  );
});

test('a suspect without a line opens none', () => {
  assert.equal(mainLocation({ ...suspect, locations: [] }), undefined);
  assert.equal(suspectTree([{ ...suspect, locations: [] }])[0]?.location, undefined);
});

test('snapshots stand newest first, the current one marked, growth in the tooltip', () => {
  const snapshot = (id: string, pid: number, objects: number) => ({
    snapshot: id,
    label: id === 's3' ? 'after' : '',
    pid,
    time: 0,
    objects,
    bytes: 1000,
  });
  const nodes = snapshotTree(
    [snapshot('s1', 7, 100), snapshot('s2', 8, 900), snapshot('s3', 7, 350)],
    's3',
  );
  assert.deepEqual(
    nodes.map(({ label, context }) => [label, context]),
    [
      ['after', 'snapshot.current'],
      ['s2', 'snapshot'],
      ['s1', 'snapshot'],
    ],
  );
  assert.match(nodes[0]?.tooltip ?? '', /\+250 objects since s1/);
});

test('a frozen copy is in the tooltip, with what the kernel does not keep from it', () => {
  const shown = (warning: string): string => {
    const copy = { pid: 12, ownBytes: 1_200_000, warning };
    const snapshot = { snapshot: 's1', label: '', pid: 7, time: 0, objects: 1, bytes: 1, copy };
    return snapshotTree([snapshot], 's1')[0]?.tooltip ?? '';
  };
  assert.match(shown(''), /frozen copy \(pid 12\) answers for values; 1\.2 MB are its own\.$/);
  assert.match(
    shown('This kernel has no <filter>.'),
    /guarded.*This kernel has no \\<filter\\>\\\.$/,
  );
});

test('a byte column becomes a UTF-16 column, whatever stands before it', () => {
  assert.equal(utf16Column('    x', 5), 4);
  assert.equal(utf16Column('é = x', 6), 4);
  assert.equal(utf16Column('"…" + x', 9), 6);
  assert.equal(utf16Column('"😀" + x', 10), 7);
  assert.equal(utf16Column('short', 99), 5);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '../src/panel/kind-columns.ts';
import { freshView, type PanelView } from '../src/panel/messages.ts';
import { subjectOf } from '../src/panel/subject.ts';
import { Question } from '../src/panel/question.ts';
import {
  matches,
  nextSort,
  rowAfterKey,
  scaleOf,
  sortRows,
  visibleRows,
} from '../src/panel/table-model.ts';
import type { SessionState } from '../src/session.ts';
import type { PartitionResult } from '../src/wire.ts';

test('only the rows in sight and a few around them are drawn', () => {
  assert.deepEqual(visibleRows(0, 240, 24, 100_000, 2), { first: 0, end: 12 });
  assert.deepEqual(visibleRows(24_000, 240, 24, 100_000, 2), { first: 998, end: 1012 });
  assert.deepEqual(visibleRows(1e9, 240, 24, 100, 2), { first: 100, end: 100 });
  assert.deepEqual(visibleRows(-50, 240, 24, 3, 2), { first: 0, end: 3 });
  assert.deepEqual(visibleRows(0, 240, 24, 0, 2), { first: 0, end: 0 });
});

test('keys move the active row and stop at the ends', () => {
  assert.equal(rowAfterKey('ArrowDown', 3, 10, 5), 4);
  assert.equal(rowAfterKey('ArrowUp', 0, 10, 5), 0);
  assert.equal(rowAfterKey('PageDown', 7, 10, 5), 9);
  assert.equal(rowAfterKey('End', 0, 10, 5), 9);
  assert.equal(rowAfterKey('x', 0, 10, 5), undefined);
  assert.equal(rowAfterKey('End', 0, 0, 5), undefined, 'an empty table has no row to go to');
});

test('a filter wants every word, in any case and order', () => {
  assert.ok(matches('dict of xmpp.simplexml.Node', 'node DICT'));
  assert.ok(!matches('dict of xmpp.simplexml.Node', 'node list'));
  assert.ok(matches('anything', ''));
  assert.ok(matches('anything', ' any '));
});

test('a first click sorts numbers from the largest and names from A, a second turns it round', () => {
  const bySize = { column: 'size', descending: true };
  assert.deepEqual(nextSort(bySize, 'count', true), { column: 'count', descending: true });
  assert.deepEqual(nextSort(bySize, 'kind', false), { column: 'kind', descending: false });
  assert.deepEqual(nextSort(bySize, 'size', true), { column: 'size', descending: false });
});

const table: PartitionResult = {
  snapshot: 's2',
  by: 'kind',
  total: { count: 1000, size: 50_000 },
  rowCount: 3,
  rows: [
    { index: 0, kind: 'dict', type: 'dict', count: 10, size: 30_000, retained: 40_000 },
    { index: 1, kind: 'str', type: 'str', count: 900, size: 15_000, retained: 15_000 },
    { index: 2, kind: 'Iq', type: 'Iq', count: 90, size: 5000, retained: 20_000 },
  ],
};

test('the table sorts by any column, and shows shares of the whole heap', () => {
  const columns = columnsOf(table, 'kind');
  const order = (column: string, descending: boolean): string[] =>
    sortRows(table.rows, columns, { column, descending }).map((row) => row.kind);
  assert.deepEqual(order('count', true), ['str', 'Iq', 'dict']);
  assert.deepEqual(order('retained', true), ['dict', 'Iq', 'str']);
  assert.deepEqual(order('kind', false), ['dict', 'Iq', 'str']);
  assert.deepEqual(order('nonsense', true), ['dict', 'str', 'Iq'], 'the server’s order stays');
  assert.deepEqual(
    columns.map((column) => `${column.title} ${column.text(table.rows[0] ?? assert.fail())}`),
    ['Kind dict', 'Count 10', '% 1.0', 'Size 30.0 kB', '% 60.0', 'Retained 40.0 kB'],
  );
});

test('growth columns appear only when the table was compared with an earlier snapshot', () => {
  const grown = { ...table.rows[2], growth: { count: 41, size: -1200 } };
  const compared = { ...table, rows: [grown as (typeof table.rows)[number], ...table.rows] };
  const growth = columnsOf(compared, 'kind').slice(-2);
  assert.deepEqual(
    growth.map(({ title, text }) => [title, text(compared.rows[0] ?? assert.fail())]),
    [
      ['Growth', '+41'],
      ['Grown by', '−1.2 kB'],
    ],
  );
  assert.equal(growth[0]?.text(compared.rows[1] ?? assert.fail()), '', 'no change, no word');
});

const view: PanelView = {
  ...freshView,
  tab: 'kinds',
  snapshot: null,
  since: null,
  by: 'kind',
  filter: '',
  sort: { column: 'size', descending: true },
};

function session(...ids: string[]): SessionState {
  const snapshots = ids.map((snapshot) => ({
    snapshot,
    label: '',
    pid: 1,
    time: 0,
    objects: 1,
    bytes: 1,
  }));
  const current = ids.at(-1) ?? null;
  return {
    server: 'running',
    target: null,
    snapshots,
    current,
    suspects: 0,
    snapshotRunning: false,
  };
}

test('a view follows the current snapshot until one is chosen', () => {
  assert.equal(subjectOf(session('s1', 's2'), view)?.snapshot, 's2');
  assert.equal(subjectOf(session('s1', 's2'), { ...view, snapshot: 's1' })?.snapshot, 's1');
  assert.equal(subjectOf(session(), view), undefined);
});

test('it is compared with the one before of the same process, unless told otherwise', () => {
  const three = session('s1', 's2', 's3');
  const [first, second, third] = three.snapshots;
  assert.ok(first && second && third);
  const state = { ...three, snapshots: [first, { ...second, pid: 2 }, third] };
  assert.equal(subjectOf(state, view)?.since, 's1');
  assert.equal(subjectOf(state, { ...view, snapshot: 's1' })?.since, null);
  assert.equal(subjectOf(state, { ...view, since: 's2' })?.since, 's2');
  assert.equal(subjectOf(state, { ...view, since: '' })?.since, null);
});

test('snapshots that are gone are forgotten, and nothing is compared with itself', () => {
  assert.equal(subjectOf(session('s5'), { ...view, snapshot: 's1', since: 's2' })?.snapshot, 's5');
  assert.equal(subjectOf(session('s5'), { ...view, since: 's2' })?.since, null);
  assert.equal(subjectOf(session('s5'), { ...view, since: 's5' })?.since, null);
});

test('a question is asked once, and a late answer to an old one is dropped', async () => {
  const taken: string[] = [];
  const question = new Question<string>(
    (answer) => taken.push(answer),
    (message) => taken.push(`failed: ${message}`),
  );
  let answerSlowly: (answer: string) => void = () => undefined;
  const slow = new Promise<string>((resolve) => {
    answerSlowly = resolve;
  });
  assert.equal(
    question.ask('old', () => slow),
    true,
  );
  assert.equal(
    question.ask('new', () => Promise.resolve('new')),
    true,
  );
  assert.equal(
    question.ask('new', () => Promise.resolve('again')),
    false,
  );
  answerSlowly('old');
  await new Promise(setImmediate);
  assert.deepEqual(taken, ['new']);
});

test('a question that failed may be asked again', async () => {
  const taken: string[] = [];
  const question = new Question<string>(
    (answer) => taken.push(answer),
    (message) => taken.push(`failed: ${message}`),
  );
  question.ask('it', () => Promise.reject(new Error('no such snapshot')));
  await new Promise(setImmediate);
  question.ask('it', () => Promise.resolve('here'));
  await new Promise(setImmediate);
  assert.deepEqual(taken, ['failed: no such snapshot', 'here']);
});

test('a table that is too long to be laid out is scaled, and both its ends can be reached', () => {
  assert.deepEqual(scaleOf(2_400_000, 600, 15_000_000), { height: 2_400_000, factor: 1 });
  const rowsHeight = 24 * 20_000_000;
  const { height, factor } = scaleOf(rowsHeight, 600, 15_000_000);
  assert.equal(height, 15_000_000);
  const furthest = height - 600; // as far as a scroll bar goes
  const { end } = visibleRows(furthest * factor, 600, 24, 20_000_000);
  assert.equal(end, 20_000_000);
});

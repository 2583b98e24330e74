import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCsv } from '../src/panel/csv.ts';
import { diffColumns } from '../src/panel/diff-columns.ts';
import { sqlTokens } from '../src/panel/sql-tokens.ts';
import { timelinePoints } from '../src/panel/timeline-model.ts';
import { boxAfterKey, flameBoxes } from '../src/panel/flame-model.ts';
import { memoryFacts, memoryParts } from '../src/panel/memory-model.ts';
import { allRows, PagedRows } from '../src/panel/row-source.ts';
import { complete, tablesOf } from '../src/panel/sql-completion.ts';
import { Trail } from '../src/panel/trail.ts';
import { TreeRows, wholeTree } from '../src/panel/tree-rows.ts';
import { fitted, moved, zoomed } from '../src/panel/viewport.ts';
import type { DiffResult, FlameNode, MemoryResult, SqlSchema } from '../src/wire.ts';

test('pages are read when a row of them is wanted, each once', async () => {
  const asked: number[] = [];
  let loads = 0;
  const read = (offset: number, limit: number): Promise<number[]> => {
    asked.push(offset);
    return Promise.resolve(Array.from({ length: limit }, (_, index) => offset + index));
  };
  const rows = new PagedRows(100_000, [0, 1, 2, 3], 4, read, () => {
    loads += 1;
  });
  assert.equal(rows.length, 100_000);
  assert.equal(rows.at(2), 2);
  assert.equal(rows.at(99_999), undefined);
  assert.equal(rows.at(99_998), undefined);
  await new Promise(setImmediate);
  assert.equal(rows.at(99_999), 99_999);
  assert.deepEqual([asked, loads], [[99_996], 1]);
  assert.equal(rows.at(100_000), undefined);
  assert.deepEqual(asked, [99_996], 'nothing is beyond the end');
});

test('a page that failed is asked again when it is wanted again', async () => {
  let fails = true;
  const read = (offset: number): Promise<number[]> =>
    fails ? Promise.reject(new Error('busy')) : Promise.resolve([offset]);
  const rows = new PagedRows(2, [0], 1, read, () => undefined);
  assert.equal(rows.at(1), undefined);
  await new Promise(setImmediate);
  fails = false;
  assert.equal(rows.at(1), undefined);
  await new Promise(setImmediate);
  assert.equal(rows.at(1), 1);
  assert.equal(allRows([7]).at(0), 7);
});

const shown = <Item>(rows: TreeRows<Item>): string[] =>
  Array.from({ length: rows.length }, (_, index) => {
    const row = rows.at(index);
    const text = row?.more === undefined ? String(row?.item) : `${row.more} more`;
    return '.'.repeat(row?.depth ?? 0) + text;
  });

test('a tree unfolds level by level, in pages, and folds again', async () => {
  const children: Record<string, string[]> = { a: ['a1', 'a2', 'a3'], a1: ['deep'] };
  const rows = new TreeRows<string>(
    {
      isExpandable: (item) => item in children,
      read: (item = '', offset) => {
        const all = children[item] ?? [];
        return Promise.resolve({ items: all.slice(offset, offset + 2), total: all.length });
      },
    },
    { items: ['a', 'b'], total: 2 },
    () => undefined,
  );
  const row = (index: number): NonNullable<ReturnType<typeof rows.at>> =>
    rows.at(index) ?? assert.fail();
  await rows.toggle(row(0));
  assert.deepEqual(shown(rows), ['a', '.a1', '.a2', '.1 more', 'b']);
  await rows.toggle(row(3));
  assert.deepEqual(shown(rows), ['a', '.a1', '.a2', '.a3', 'b']);
  assert.deepEqual([row(3).position, row(3).setSize], [3, 3]);
  await rows.toggle(row(1));
  assert.deepEqual(shown(rows), ['a', '.a1', '..deep', '.a2', '.a3', 'b']);
  await rows.toggle(row(0));
  assert.deepEqual(shown(rows), ['a', 'b']);
  await rows.toggle(row(0));
  assert.deepEqual(shown(rows).length, 6, 'what was unfolded below is so again');
});

test('a level that cannot be read stays folded', async () => {
  const rows = new TreeRows<string>(
    { isExpandable: () => true, read: () => Promise.reject(new Error('gone')) },
    { items: ['a'], total: 1 },
    () => undefined,
  );
  const [first] = [rows.at(0) ?? assert.fail()];
  await assert.rejects(rows.toggle(first), /gone/);
  assert.deepEqual([first.expanded, first.loading], [false, false]);
});

test('a list with parents is a tree', async () => {
  const source = wholeTree([{}, { parent: 0 }, { parent: 0 }, { parent: 2 }]);
  assert.deepEqual(source.roots, { items: [0], total: 1 });
  assert.deepEqual((await source.read(0, 0)).items, [1, 2]);
  assert.equal(source.isExpandable(1), false);
  assert.equal(source.isExpandable(2), true);
});

function flame(parent: number | undefined, totalSize: number): FlameNode {
  const rest = { label: '', type: '', count: 1, size: 1, totalCount: 1, signature: '', hidden: 0 };
  return { ...rest, totalSize, ...(parent !== undefined && { parent }) };
}

test('boxes of a flame graph stand on their parents, in order, none too narrow', () => {
  const nodes = [flame(undefined, 100), flame(0, 60), flame(0, 39), flame(0, 1), flame(1, 30)];
  const boxes = flameBoxes(nodes, 0.05);
  assert.deepEqual(
    boxes.map(({ index, depth, left, width }) => [index, depth, left, width]),
    [
      [0, 0, 0, 1],
      [1, 1, 0, 0.6],
      [2, 1, 0.6, 0.39],
      [4, 2, 0, 0.3],
    ],
  );
  const [bottom, left, right, top] = boxes;
  assert.ok(bottom && left && right && top);
  assert.equal(boxAfterKey('ArrowUp', boxes, bottom), left);
  assert.equal(boxAfterKey('ArrowRight', boxes, left), right);
  assert.equal(boxAfterKey('ArrowUp', boxes, right), undefined);
  assert.equal(boxAfterKey('ArrowDown', boxes, top), left);
  assert.deepEqual(flameBoxes([], 0.1), []);
});

const column = (name: string): SqlSchema['tables'][number]['columns'][number] => ({
  name,
  type: 'integer',
  meaning: `the ${name}`,
  hidden: false,
});
const schema: SqlSchema = {
  tables: [
    { name: 'objects', meaning: 'all objects', columns: [column('id'), column('size')] },
    { name: 'refs', meaning: 'references', columns: [column('source'), column('target')] },
  ],
  functions: [{ name: 'attr', arguments: 'id, name', meaning: 'an attribute' }],
};
const offered = (sql: string): string[] =>
  complete(sql, sql.length, schema).suggestions.map(({ text }) => text);

test('after FROM come tables, after a table its columns, functions and words elsewhere', () => {
  assert.deepEqual(offered('SELECT * FROM '), ['objects', 'refs']);
  assert.deepEqual(offered('SELECT * FROM ob'), ['objects']);
  assert.deepEqual(offered('SELECT * FROM objects o WHERE o.'), ['id', 'size']);
  assert.deepEqual(offered('SELECT * FROM objects WHERE si'), ['size']);
  assert.deepEqual(offered('SELECT at'), ['attr(']);
  assert.deepEqual(offered('SEL'), ['SELECT']);
  assert.deepEqual(offered("SELECT 'FROM "), [], 'inside a text nothing is offered');
  assert.deepEqual(offered('-- FROM '), []);
  assert.equal(complete('SELECT si FROM objects', 9, schema).start, 7);
});

test('aliases stand for their tables', () => {
  const tables = tablesOf('SELECT 1 FROM objects AS o JOIN refs r ON 1 WHERE 1', schema);
  assert.deepEqual(
    [...tables],
    [
      ['o', 'objects'],
      ['r', 'refs'],
    ],
  );
  assert.deepEqual(
    [...tablesOf('SELECT 1 FROM objects WHERE 1', schema)],
    [['objects', 'objects']],
  );
});

test('CSV as the command line writes it', () => {
  const columns = [
    { name: 'a,b', type: 'any' },
    { name: 'c', type: 'any' },
  ];
  assert.equal(
    toCsv(columns, [
      [null, ''],
      ['say "x"', 1.5],
      [{ blob: '00ff' }, 'two\nlines'],
    ]),
    '"a,b",c\n,""\n"say ""x""",1.5\n00ff,"two\nlines"\n',
  );
});

test('a picture fits, zooms about a point, and moves', () => {
  assert.deepEqual(fitted({ width: 200, height: 100 }, { width: 100, height: 100 }), {
    scale: 0.5,
    x: 0,
    y: 25,
  });
  assert.equal(fitted({ width: 10, height: 10 }, { width: 100, height: 100 }).scale, 1);
  assert.equal(fitted({ width: 0, height: 0 }, { width: 0, height: 0 }).scale, 1);
  const zoom = zoomed({ x: 10, y: 20, scale: 1 }, 2, 30, 40);
  assert.deepEqual(zoom, { scale: 2, x: -10, y: 0 });
  assert.equal(zoomed({ x: 0, y: 0, scale: 8 }, 9, 5, 5).scale, 8);
  assert.deepEqual(moved({ x: 1, y: 2, scale: 3 }, 4, 5), { x: 5, y: 7, scale: 3 });
});

test('the way back leads where one was, the way forward again', () => {
  const trail = new Trail<string>();
  assert.equal(trail.back('here'), undefined);
  trail.leave('first');
  trail.leave('second');
  assert.equal(trail.back('third'), 'second');
  assert.equal(trail.back('second'), 'first');
  assert.equal(trail.canGoBack, false);
  assert.equal(trail.forward('first'), 'second');
  assert.equal(trail.canGoForward, true);
  trail.leave('second');
  assert.equal(trail.canGoForward, false, 'another way was taken');
});

test('a comparison has a column for each snapshot, and new objects where they can be told', () => {
  const result: DiffResult = {
    snapshots: ['s1', 's2', 's3'],
    by: 'kind',
    counts: [1, 2, 3],
    sizes: [1, 2, 3],
    growth: { count: 2, size: 2 },
    rowCount: 1,
    rows: [
      {
        label: 'app.Iq',
        type: 'app.Iq',
        counts: [100, 150, 200],
        sizes: [5600, 8400, 11_200],
        growth: { count: 100, size: 5600 },
        grewAlways: true,
        objects: { survived: 90, added: 110, gone: 10, uncertain: 0 },
      },
    ],
  };
  const row = result.rows[0] ?? assert.fail();
  assert.deepEqual(
    diffColumns(result).map(({ title, text }) => `${title} ${text(row)}`),
    [
      'Kind app.Iq',
      's1 100',
      's2 150',
      's3 200',
      'Growth +100',
      'Size 11.2 kB',
      'Grown by +5.6 kB',
    ].concat(['New 110', 'Gone 10', 'Stayed 90']),
  );
});

test('points of a timeline stand as far apart as the snapshots, and never outside', () => {
  const places = (...points: [time: number, value: number][]): number[][] =>
    timelinePoints(
      points.map(([time, value]) => ({ time, value })),
      100,
      10,
    ).map(({ x, y }) => [x, y]);
  assert.deepEqual(places([1000, 1], [2000, 3], [5000, 2]), [
    [0, 10],
    [25, 0],
    [100, 5],
  ]);
  assert.deepEqual(places([7, 5]), [[50, 5]]);
  assert.deepEqual(places([7, 5], [7, 5]), [
    [0, 5],
    [100, 5],
  ]);
});

test('a query is coloured by what its words are here, and nothing of it is lost', () => {
  const colours = (sql: string): string[] =>
    sqlTokens(sql, schema)
      .filter(({ kind }) => kind !== '')
      .map(({ text, kind }) => `${kind} ${text}`);
  assert.deepEqual(colours("SELECT size, retained(id) FROM objects WHERE id = 'it''s' -- now"), [
    'word SELECT',
    'column size',
    'function retained',
    'column id',
    'word FROM',
    'table objects',
    'word WHERE',
    'column id',
    "text 'it''s'",
    'comment -- now',
  ]);
  assert.deepEqual(colours('size AS objects'), ['column size', 'word AS']);
  assert.deepEqual(colours('count(1.5e3)'), ['word count', 'number 1.5e3']);
  for (const sql of ["'not ended", '/* nor this', '"nor that', 'ключ = 1', '']) {
    assert.equal(
      sqlTokens(sql, schema)
        .map(({ text }) => text)
        .join(''),
      sql,
    );
  }
});

test('the memory page names its parts and leaves out what is unknown', () => {
  const memory: MemoryResult = {
    pid: 7,
    rss: 100,
    peak: 120_000,
    swapped: 0,
    private: 90,
    threads: 1,
    parts: [
      { part: 'objects', bytes: 0 },
      { part: 'allocated', bytes: 60 },
      { part: 'hugepages', bytes: 40 },
    ],
    files: [],
    collector: { enabled: false, thresholds: [], counts: [] },
    notes: [],
  };
  assert.deepEqual(
    memoryParts(memory).map(({ name }) => name),
    ['blocks in use', 'hugepages'],
  );
  const known = { ...memory, objects: { snapshot: 's1', count: 1, bytes: 0, time: 0 } };
  assert.equal(memoryParts(known)[0]?.name, 'other blocks in use');
  assert.deepEqual(memoryFacts(memory), [
    'Peak 120.0 kB, 90 B its own, 0 B swapped, 1 thread',
    'Collector off',
  ]);
});

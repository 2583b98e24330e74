// What the scripted server answers to questions about a snapshot: docs/protocol.md's shapes with made-up
// figures, large where the panel must cope with many rows.
// More rows than a browser lays out one below the other.
const manyObjects = 1_000_000;

export function objectRow(id, more = {}) {
  return {
    id,
    address: `0x7f${(id * 64).toString(16)}`,
    type: 'xmpp.protocol.Iq',
    kind: 'xmpp.protocol.Iq',
    size: 56,
    retained: 2980,
    value: `<Iq ${id}>`,
    expression: `__main__.client.Dispatcher._expected['${id}'][1]['iq']`,
    ...more,
  };
}

const steps = [
  { kind: 'module', name: '__main__', type: 'module', id: 12 },
  { kind: 'global', name: 'client', type: 'xmpp.client.Client', id: 77 },
  { kind: 'attribute', name: '_expected', type: 'dict', id: 79 },
];

function objects({ offset = 0, limit = 100, snapshot }) {
  const count = Math.min(limit, manyObjects - offset);
  return {
    snapshot,
    total: { count: manyObjects, size: 5_600_000, retained: 18_200_000 },
    rows: Array.from({ length: count }, (_, index) =>
      objectRow(offset + index, { retained: manyObjects - offset - index }),
    ),
  };
}

const reference = (label, object, more = {}) => ({
  label,
  kind: 'attribute',
  name: label.slice(1),
  count: 1,
  object,
  ...more,
});

function object({ id, snapshot }, classLocation) {
  return {
    snapshot,
    object: objectRow(id),
    nativeSize: 0,
    refcount: 2,
    nativeReferences: 0,
    reachable: true,
    dominator: 79,
    referrerCount: 1,
    fieldCount: 2,
    rows: [
      reference('.name', objectRow(52, { type: 'str', kind: 'str', value: "'iq'", retained: 51 })),
      reference('.parent', objectRow(id + 1)),
    ],
    holder: { expression: '__main__.client._expected', type: 'dict', id: 79, steps },
    locations: classLocation === undefined ? [] : [classLocation],
  };
}

const references = ({ object: id, snapshot }) => ({
  snapshot,
  object: id,
  rowCount: 1,
  rows: [
    reference("['iq']", objectRow(id + 2, { type: 'dict', kind: 'dict', value: "{'iq': <Iq>}" })),
  ],
});

function paths({ snapshot, type, objects: ids }) {
  const end = { kind: 'key', name: '…', type: 'xmpp.protocol.Iq', id: 81 };
  const node = (label, more) => ({
    label,
    kind: 'global',
    count: 6099,
    retained: 18e6,
    paths: [],
    ...more,
  });
  return {
    snapshot,
    objects: ids?.length ?? (type === undefined ? 0 : 6100),
    unreachable: 1,
    pathCount: 1,
    more: false,
    paths: [
      {
        expression: '__main__.client._expected[…]',
        count: 6099,
        ways: 1,
        retained: 18_190_000,
        example: objectRow(81),
        steps: [...steps, end],
      },
    ],
    tree: [
      node('module __main__', { kind: 'module', type: 'module' }),
      node('.client', { parent: 0, type: 'xmpp.client.Client', id: 77 }),
      node('._expected', { parent: 1, type: 'dict', id: 79 }),
      node('[…]', { parent: 2, type: 'xmpp.protocol.Iq', id: 81, paths: [0] }),
    ],
  };
}

function dominators({ snapshot, object: parent, by = 'object', offset = 0, limit = 100 }) {
  const rowCount = parent === undefined ? 250 : 3;
  const row = (index) => ({
    kind: 'dict (no owner)',
    count: 1,
    size: 232,
    retained: 18_000_000 - index * 1000,
    children: 3,
    ...(by === 'object' && {
      object: objectRow((parent ?? 0) * 10 + index + 1, { type: 'dict', kind: 'dict (no owner)' }),
    }),
  });
  return {
    snapshot,
    count: parent === undefined ? 0 : 1,
    size: 232,
    retained: 104_000_000,
    rowCount,
    rows: Array.from({ length: Math.max(Math.min(limit, rowCount - offset), 0) }, (_, index) =>
      row(offset + index),
    ),
  };
}

function flame({ snapshot, under }) {
  const node = (label, totalSize, parent) => ({
    label,
    type: 'dict',
    count: 1,
    size: 72,
    totalCount: Math.round(totalSize / 100),
    totalSize,
    signature: parent === undefined ? (under ?? '') : label,
    id: 79,
    hidden: 0,
    ...(parent !== undefined && { parent }),
  });
  const nodes = [
    node(under ?? 'reachable objects', 100e6),
    node('module __main__', 60e6, 0),
    node('module xmpp.protocol', 30e6, 0),
    node('._expected', 55e6, 1),
  ];
  return { snapshot, nodeCount: 4120, nodes };
}

function diff({ snapshot, since = [], by = 'kind', offset = 0, limit = 100 }) {
  const snapshots = [...since, snapshot];
  const counts = snapshots.map((_, index) => 5859 + 241 * index);
  const row = (index) => ({
    label: index === 0 ? 'xmpp.protocol.Iq' : `package.Class${index}`,
    type: index === 0 ? 'xmpp.protocol.Iq' : `package.Class${index}`,
    counts: counts.map((count) => count - index),
    sizes: counts.map((count) => count * 56),
    growth: { count: counts.at(-1) - counts[0], size: 65_000 - index },
    grewAlways: true,
    objects: { survived: 5859, added: 241, gone: 0, uncertain: 0 },
  });
  const rowCount = 300;
  return {
    snapshots,
    by,
    counts,
    sizes: counts.map((count) => count * 17_000),
    growth: { count: 1205, size: 320_000 },
    objects: { survived: 939_500, added: 1705, gone: 500, uncertain: 8 },
    rowCount,
    rows: Array.from({ length: Math.min(limit, rowCount - offset) }, (_, index) =>
      row(offset + index),
    ),
  };
}

/** Whatever the session holds is told by the server; here of three snapshots. */
const timeline = ({ series = [] }) => {
  const points = [5859, 6100, 6341].map((count) => ({
    count,
    size: count * 17_000,
    retained: count * 18_000,
  }));
  return {
    snapshots: points.map((_, index) => ({ snapshot: `s${index + 1}`, time: 1000 * 2 ** index })),
    total: points,
    series: series.map(({ by, name }) => ({ by, name, label: name, points })),
  };
};

/** `boom` raises, as the interpreter of a copy would. */
const evaluate = ({ snapshot, expression, object: id }) => ({
  snapshot,
  output: '',
  elapsedMs: 1,
  error:
    expression === 'boom'
      ? { kind: 'exception', type: 'NameError', message: "name 'boom' is not defined" }
      : null,
  value:
    expression === 'boom'
      ? null
      : {
          type: 'str',
          repr: { text: `'${expression} of ${id}'`, length: 9, cut: false },
          itemCount: 0,
          items: [],
        },
});

const cycles = ({ snapshot }) => ({
  snapshot,
  collector: { enabled: false, thresholds: [700, 10, 10], runs: false },
  garbage: { cycles: 40, objects: 120, retained: 52_000 },
  live: { cycles: 12, objects: 980, retained: 410_000 },
  rowCount: 1,
  rows: [
    {
      state: 'garbage',
      expression: 'Node.children[…].parent',
      cycles: 40,
      objects: 120,
      size: 9600,
      retained: 52_000,
      types: [{ type: 'xmpp.simplexml.Node', count: 80, bytes: 4480 }],
      finalizers: [],
      ring: [
        { object: objectRow(7, { value: '<Node>' }), label: '.children', kind: 'attribute' },
        { object: objectRow(8, { value: '[<Node>]' }), label: '[0]', kind: 'index' },
      ],
      cut: {
        step: 1,
        type: 'Node',
        attribute: 'parent',
        breaks: true,
        reason: 'Node.parent points back to what holds the Node',
      },
    },
  ],
});

const sqlSchema = () => ({
  tables: [
    {
      name: 'objects',
      meaning: 'every object',
      columns: ['id', 'type', 'size'].map((name) => ({
        name,
        type: 'any',
        meaning: `the ${name}`,
        hidden: false,
      })),
    },
  ],
  functions: [{ name: 'retained', arguments: 'id', meaning: 'bytes that would go with it' }],
});

function sql({ sql: text, limit, snapshot }) {
  if (/objcts/.test(text)) {
    throw Object.assign(new Error('SQL: no such table: objcts'), {
      code: -32602,
      data: { kind: 'invalid-argument', remedy: 'did you mean objects?' },
    });
  }
  const rows = Array.from({ length: limit }, (_, index) => [
    index + 1,
    `xmpp.Class${index}`,
    56 * index,
  ]);
  const columns = [
    { name: 'id', type: 'object' },
    { name: 'type', type: 'text' },
    { name: 'size', type: 'bytes' },
  ];
  return { snapshot, columns, rows, truncated: true, visited: limit, notes: [] };
}

// Labels of a foreign heap may hold anything; nothing of it may run in the panel.
const picture = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="220pt" height="90pt" viewBox="0 0 220 90">
<g id="graph0" class="graph"><script>document.body.textContent = 'ran'</script>
<g id="o79" class="node container"><title>o79</title><polygon fill="none" stroke="gray" points="10,10 100,10 100,40 10,40"/><text x="20" y="30" font-size="12" fill="gray">dict</text></g>
<g id="o81" class="node instance target"><title>o81</title><g id="a_o81"><a xlink:href="javascript:document.body.remove()" xlink:title="Iq"><polygon fill="none" stroke="gray" points="120,50 210,50 210,80 120,80"/><text x="130" y="70" font-size="12" fill="gray" onclick="document.body.textContent = 'ran'">Iq</text></a></g></g></g></svg>`;

function graph({ snapshot, format = 'svg' }) {
  const node = (id, type, title, more) => ({
    node: `o${id}`,
    object: id,
    type,
    title,
    count: 1,
    target: false,
    root: false,
    holder: false,
    expandable: true,
    ...more,
  });
  return {
    snapshot,
    format,
    content: picture,
    merged: false,
    note: '2,431 more referrers are left out',
    nodes: [node(79, 'dict', 'dict'), node(81, 'xmpp.protocol.Iq', 'Iq', { target: true })],
    edges: [],
  };
}

const memory = ({ pid }) => ({
  pid,
  rss: 119_400_000,
  peak: 120_800_000,
  swapped: 0,
  private: 112_500_000,
  threads: 4,
  parts: [
    { part: 'objects', bytes: 60_000_000 },
    { part: 'allocated', bytes: 2_300_000 },
    { part: 'arena-free', bytes: 41_000_000 },
    { part: 'malloc-free', bytes: 600_000 },
    { part: 'libraries', bytes: 12_900_000 },
    { part: 'unexplained', bytes: 2_600_000 },
  ],
  files: [{ path: '/usr/lib/libpython3.11.so.1.0', bytes: 5_369_856 }],
  objects: { snapshot: 's1', count: 941_213, bytes: 60_000_000, time: 0 },
  arenas: { arenas: 99, bytes: 103_000_000, inUse: 60_000_000, unusedPools: 180_224 },
  malloc: { inUse: 2_300_000, mapped: 0, free: 600_000 },
  collector: { enabled: true, thresholds: [700, 10, 10], counts: [34, 8, 14] },
  notes: ["Much of Python's arenas is free: the heap was larger once."],
});

export const answers = {
  'whyalive/objects': objects,
  'whyalive/referrers': references,
  'whyalive/referents': references,
  'whyalive/paths': paths,
  'whyalive/dominators': dominators,
  'whyalive/flame': flame,
  'whyalive/diff': diff,
  'whyalive/timeline': timeline,
  'whyalive/evaluate': evaluate,
  'whyalive/cycles': cycles,
  'whyalive/sqlSchema': sqlSchema,
  'whyalive/sql': sql,
  'whyalive/graph': graph,
  'whyalive/memory': memory,
};
export { object as objectAnswer };

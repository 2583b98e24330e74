#!/usr/bin/env node
// A scripted stand-in for `whyalive lsp`, for what the real server must never do on request: die in the
// middle, refuse a process, take long. It speaks just enough of docs/protocol.md; nothing of it ships.
//
// Attaching to pid 13 is refused, to 99 kills the server; a snapshot takes until cancelled when the target
// is 77. Hints go on every line that stores into `_expected`.
import { answers, objectAnswer } from './fake-answers.mjs';

const uris = new Map();
const cancelled = new Set();
let input = Buffer.alloc(0);
let target = null;
let snapshots = [];
let nextRequest = 1;
let hintsEnabled = true;

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
}

function failure(code, message, kind, remedy) {
  return Object.assign(new Error(message), { code, data: { kind, remedy } });
}

const processes = [
  { pid: 4711, command: 'python3 daemon.py --fast', agent: 'loaded', note: '' },
  { pid: 55, command: 'python3 -m old.kernel', agent: 'loaded', note: '' },
  { pid: 77, command: 'python3 -m slow.service', agent: 'absent', note: '' },
  { pid: 99, command: 'python3 crash.py', agent: 'absent', note: '' },
  { pid: 13, command: 'python3 /srv/secret.py', agent: 'foreign', note: '' },
].map((it) => ({ parentPid: 1, python: '3.11.7', rss: 18_200_000, user: 'ada', ...it }));

function tellState() {
  send({
    method: 'whyalive/stateChanged',
    params: {
      target,
      snapshots,
      current: snapshots.at(-1)?.snapshot ?? null,
      suspects: snapshots.length > 1 ? 1 : 0,
    },
  });
  for (const method of ['workspace/inlayHint/refresh', 'workspace/codeLens/refresh']) {
    send({ id: `server-${nextRequest++}`, method, params: null });
  }
}

/** On the kernel of process 55 less is kept from code in a copy. */
function copyOf(pid) {
  const warning = pid === 55 ? 'This kernel has neither seccomp filters nor Landlock.' : '';
  return { pid: pid + 1, ownBytes: 1_200_000, warning };
}

function storeLines(uri) {
  const lines = (uris.get(uri) ?? '').split('\n');
  return lines.flatMap((text, line) => (/_expected\[.*\]\s*=/.test(text) ? [{ text, line }] : []));
}

/** As many rows as a large program has types, the largest first. */
function kindRows(by, growing) {
  const names =
    {
      kind: ['dict of xmpp.simplexml.Node', 'str', 'collections.OrderedDict'],
      module: ['xmpp.simplexml'],
    }[by] ?? [];
  return Array.from({ length: 5000 }, (_, index) => {
    const count = Math.round(6100 / (index + 1));
    const kind = names[index] ?? `package${index % 7}.module.Class${index}`;
    return {
      index,
      kind,
      type: 'dict',
      count,
      size: count * 280,
      retained: count * 1200,
      ...(growing && {
        growth: { count: index === 1 ? 0 : 241 - index, size: 280 * (241 - index) },
      }),
    };
  });
}

function suspect() {
  const [uri, line] = [...uris.keys()].flatMap((it) => storeLines(it).map((at) => [it, at]))[0];
  const step = (kind, name, type) => ({ kind, name, type });
  return {
    rank: 1,
    kind: 'growth',
    title: 'Dispatcher._expected holds 3,100 entries',
    signature: 'da39a3ee',
    types: [{ type: 'xmpp.protocol.Iq', count: 6100, bytes: 341_600 }],
    count: 6100,
    retained: 18_200_000,
    growth: { count: 241, bytes: 720_000 },
    note: '',
    holder: {
      expression: '__main__.client.Dispatcher._expected',
      type: 'dict',
      steps: [
        step('module', '__main__'),
        step('global', 'client', 'xmpp.client.Client'),
        step('attribute', 'Dispatcher', 'xmpp.dispatcher.Dispatcher'),
        step('attribute', '_expected', 'dict'),
      ],
    },
    locations: [
      {
        role: 'store',
        file: decodeURIComponent(new URL(uri).pathname),
        line: line.line + 1,
        column: line.text.search(/\S/) + 1,
        function: 'Dispatcher.send',
        text: line.text.trim(),
      },
    ],
  };
}

async function cancellation(id) {
  while (!cancelled.has(id)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw failure(-32800, 'Cancelled.', 'cancelled');
}

/** Of C have those of `collections` no source; the others are found where an open document defines a class. */
function classLocation() {
  for (const [uri, text] of uris) {
    const line = text.split('\n').findIndex((it) => it.startsWith('class '));
    if (line >= 0) {
      const file = decodeURIComponent(new URL(uri).pathname);
      const at = text.split('\n')[line];
      return { role: 'class', file, line: line + 1, column: 1, function: '', text: at };
    }
  }
  return undefined;
}

const handlers = {
  ...answers,
  'whyalive/object': (params) => objectAnswer(params, classLocation()),
  'whyalive/classes': ({ types, snapshot }) => {
    const location = classLocation();
    const sourced = types.filter((type) => location && !type.startsWith('collections.'));
    return { snapshot, classes: sourced.map((type) => ({ type, location })) };
  },
  'whyalive/closeSnapshot': ({ snapshot }) => {
    snapshots = snapshots.filter((it) => it.snapshot !== snapshot);
    tellState();
    return {};
  },
  initialize: () => ({
    capabilities: {
      textDocumentSync: 1,
      inlayHintProvider: { resolveProvider: false },
      codeLensProvider: { resolveProvider: false },
      executeCommandProvider: { commands: ['whyalive.jumpToLeak'] },
    },
  }),
  shutdown: () => null,
  'workspace/didChangeConfiguration': ({ settings }) => {
    hintsEnabled = settings.whyalive.hints.enabled;
    tellState();
  },
  'textDocument/didOpen': ({ textDocument }) => uris.set(textDocument.uri, textDocument.text),
  'textDocument/didChange': ({ textDocument, contentChanges }) =>
    uris.set(textDocument.uri, contentChanges.at(-1).text),
  'textDocument/inlayHint': ({ textDocument }) =>
    snapshots.length === 0 || !hintsEnabled
      ? []
      : storeLines(textDocument.uri).map(({ text, line }) => ({
          position: { line, character: text.length },
          label: `⟵ keeps ${snapshots.length}00 Iq · 18.2 MB`,
          paddingLeft: true,
        })),
  'textDocument/codeLens': () => [],
  'workspace/executeCommand': () => null,
  'whyalive/processes': () => ({ processes }),
  'whyalive/attach': ({ pid }) => {
    if (pid === 13) {
      throw failure(-32001, 'Process 13 belongs to root.', 'permission-denied', 'run it yourself');
    }
    if (pid === 99) {
      process.stderr.write('heap graph: edge 12 points outside\n');
      process.exit(3);
    }
    const found = processes.find((it) => it.pid === pid);
    target = { pid, command: found.command, python: '3.11.7', rss: found.rss, alive: true };
    tellState();
    const command = found.command.split(' ');
    return { pid, python: '3.11.7', executable: 'python3', command, agentVersion: '0.1.0' };
  },
  'whyalive/partition': ({ by, since, offset = 0, limit = 100, snapshot }) => {
    const rows = kindRows(by, since !== undefined);
    return {
      snapshot,
      by,
      total: {
        count: 941_213,
        size: 104_857_600,
        ...(since && { growth: { count: 241, size: 720_000 } }),
      },
      rowCount: rows.length,
      rows: rows.slice(offset, offset + limit),
    };
  },
  'whyalive/suspects': () => ({
    snapshot: snapshots.at(-1).snapshot,
    suspects: snapshots.length > 1 ? [suspect()] : [],
  }),
  'whyalive/releaseCopy': ({ snapshot }) => {
    snapshots = snapshots.map(({ copy, ...it }) =>
      it.snapshot === snapshot || copy === undefined ? it : { ...it, copy },
    );
    tellState();
    return {};
  },
  'whyalive/detach': () => {
    target = null;
    tellState();
    return {};
  },
  'whyalive/snapshot': async (params, id) => {
    if (target.pid === 77) {
      await cancellation(id);
    }
    const snapshot = {
      snapshot: `s${snapshots.length + 1}`,
      label: '',
      pid: target.pid,
      time: 1_790_000_000_000,
      objects: 941_213,
      bytes: 104_857_600,
    };
    snapshots = [...snapshots, { ...snapshot, copy: copyOf(target.pid) }];
    tellState();
    return {
      ...snapshot,
      copy: copyOf(target.pid),
      stoppedMs: 18.2,
      waitedMs: 0.4,
      walkMs: 71,
      analysisMs: 102.5,
    };
  },
};

async function receive({ id, method, params }) {
  if (Array.isArray(params)) {
    send({ id, error: { code: -32602, message: 'params must be an object' } });
    return;
  }
  if (method === 'exit') {
    process.exit(0);
  }
  if (method === '$/cancelRequest') {
    cancelled.add(params.id);
  }
  const handler = handlers[method];
  if (id === undefined || method === undefined) {
    await handler?.(params);
    return;
  }
  try {
    if (handler === undefined) {
      throw failure(-32601, `No method ${method}.`, 'unsupported');
    }
    send({ id, result: (await handler(params, id)) ?? null });
  } catch (error) {
    const { code = -32603, message, data } = error;
    send({ id, error: { code, message, data } });
  }
}

process.stdin.on('data', (bytes) => {
  input = Buffer.concat([input, bytes]);
  for (;;) {
    const end = input.indexOf('\r\n\r\n');
    const length = Number(/Content-Length: (\d+)/i.exec(input.subarray(0, end).toString())?.[1]);
    if (end < 0 || input.length < end + 4 + length) {
      return;
    }
    const body = input.subarray(end + 4, end + 4 + length).toString();
    input = input.subarray(end + 4 + length);
    void receive(JSON.parse(body));
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashPolicy, describeExit } from '../src/server/crash-policy.ts';
import { locateServer, startProblem } from '../src/server/server-location.ts';

const exit = { code: 3, signal: null, lastWords: ['starting', 'edge 12 points outside'] };

test('the setting wins, then the bundled server, then PATH', () => {
  const all = (...present: string[]) => ({
    setting: '',
    extensionPath: '/ext',
    searchPath: 'relative:/usr/bin:/opt/bin',
    isExecutable: (path: string) => present.includes(path),
  });
  const everything = all('/ext/server/whyalive', '/opt/bin/whyalive', '/mine');
  assert.deepEqual(locateServer({ ...everything, setting: '/mine' }), { path: '/mine' });
  assert.deepEqual(locateServer(everything), { path: '/ext/server/whyalive' });
  assert.deepEqual(locateServer(all('/opt/bin/whyalive')), { path: '/opt/bin/whyalive' });
  assert.match(JSON.stringify(locateServer(all('relative/whyalive'))), /nor on PATH/);
});

test('a setting that names no program is said, not silently replaced', () => {
  const located = locateServer({
    setting: '/gone',
    extensionPath: '/ext',
    searchPath: '',
    isExecutable: (path) => path === '/ext/server/whyalive',
  });
  assert.match(JSON.stringify(located), /whyalive\.server\.path.*\/gone/);
});

test('an exit is described by how it ended and the last line it wrote', () => {
  assert.equal(describeExit(exit), 'exit code 3: edge 12 points outside');
  assert.equal(describeExit({ code: null, signal: 'SIGSEGV', lastWords: [] }), 'signal SIGSEGV');
  assert.equal(describeExit({ code: null, signal: null, lastWords: [] }), 'connection closed');
  const long = describeExit({ code: 1, signal: null, lastWords: ['x'.repeat(999)] });
  assert.ok(long.length < 250 && long.endsWith('…'));
});

test('the server is started again three times within three minutes, then stays down', () => {
  const policy = new CrashPolicy();
  const restarts = [0, 1000, 2000, 3000].map((time) => policy.crashed(exit, time).restart);
  assert.deepEqual(restarts, [true, true, true, false]);
  assert.equal(policy.crashed(exit, 3 * 60_000 + 5000).restart, true, 'old crashes are forgotten');
});

test('where the system is too old for the program, that is said at once and nothing is tried again', () => {
  const loader =
    "/ext/server/whyalive: /lib/libc.so.6: version `GLIBC_2.36' not found (required by …)";
  const verdict = new CrashPolicy().crashed({ code: 1, signal: null, lastWords: [loader] }, 0);
  assert.equal(verdict.restart, false);
  assert.match(verdict.reason, /newer C library \(GLIBC_2\.36\).*whyalive\.server\.path/);
});

test('a program of another processor is named as such', () => {
  const error = Object.assign(new Error('spawn ENOEXEC'), { code: 'ENOEXEC' });
  assert.match(startProblem('/ext/whyalive', error, 'arm64'), /another processor than arm64/);
  assert.equal(startProblem('/x', new Error('EACCES'), 'x64'), '/x did not start: EACCES');
});

test('a start asked for by the user counts afresh', () => {
  const policy = new CrashPolicy();
  for (const time of [0, 1, 2, 3]) {
    policy.crashed(exit, time);
  }
  policy.forget();
  assert.equal(policy.crashed(exit, 4).restart, true);
});

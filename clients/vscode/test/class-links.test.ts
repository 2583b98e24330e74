import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClassLinks } from '../src/panel/class-links.ts';

/** What was asked, and answers as of a server that knows the source of `app` alone. */
function asked(): { links: ClassLinks; requests: string[] } {
  const requests: string[] = [];
  const links = new ClassLinks((snapshot, types) => {
    requests.push(`${snapshot}: ${types.join(' ')}`);
    return Promise.resolve(new Set(types.filter((type) => type.startsWith('app.'))));
  });
  return { links, requests };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test('the names of one drawing are asked for at once, and each once a snapshot', async () => {
  const { links, requests } = asked();
  const told: string[] = [];
  for (const type of ['app.Node', 'collections.deque', 'app.Node']) {
    const known = links.hasSource(type, 's1', (hasSource) => told.push(`${type} ${hasSource}`));
    assert.equal(known, undefined);
  }
  await settled();
  assert.deepEqual(requests, ['s1: app.Node collections.deque']);
  assert.deepEqual(told, ['app.Node true', 'app.Node true', 'collections.deque false']);
  const never = (): void => assert.fail('it is known already');
  assert.equal(links.hasSource('app.Node', 's1', never), true);
  assert.equal(links.hasSource('collections.deque', 's1', never), false);
  assert.equal(
    links.hasSource('app.Node', 's2', () => undefined),
    undefined,
  );
  await settled();
  assert.deepEqual(requests.slice(1), ['s2: app.Node']);
});

test('of builtins and what types names there is nothing to ask', async () => {
  const { links, requests } = asked();
  const never = (): void => assert.fail('nothing was asked');
  assert.equal(links.hasSource('dict', 's1', never), false);
  assert.equal(links.hasSource('types.FunctionType', 's1', never), false);
  await settled();
  assert.deepEqual(requests, []);
});

test('a refusal leaves names as they are, and they are asked for again', async () => {
  let requests = 0;
  const links = new ClassLinks(() => {
    requests += 1;
    return Promise.reject(new Error('cancelled'));
  });
  for (let round = 1; round <= 2; round += 1) {
    assert.equal(
      links.hasSource('app.Node', 's1', () => assert.fail('nothing is known')),
      undefined,
    );
    await settled();
    assert.equal(requests, round);
  }
});

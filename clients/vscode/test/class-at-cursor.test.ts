import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classAt } from '../src/model/class-at-cursor.ts';
import { isStopped, placeLabel } from '../src/model/debug-stop.ts';

const source = `import x

class Outer(Base):
    value = 1

    class Inner:
        def method(self):
            node = Node(1)

            return node

def free():
    return 1`.split('\n');

test('a class name under the cursor is meant, wherever it stands', () => {
  assert.deepEqual(classAt(source, 7, 20), { name: 'Node', exact: true });
  assert.deepEqual(classAt(source, 2, 13), { name: 'Base', exact: true });
  assert.deepEqual(classAt(source, 2, 6), { name: 'Outer', exact: true });
});

test('elsewhere the class around is meant', () => {
  assert.deepEqual(classAt(source, 2, 2), { name: 'Outer', exact: false });
  assert.deepEqual(classAt(source, 3, 5), { name: 'Outer', exact: false });
  assert.deepEqual(classAt(source, 9, 20), { name: 'Inner', exact: false });
  assert.equal(classAt(source, 12, 6), undefined, 'a function of the module is in no class');
  assert.equal(classAt(source, 0, 0), undefined);
  assert.equal(classAt([], 5, 0), undefined);
});

test('a stop of the debugger is known, and the place where it stands', () => {
  assert.equal(isStopped({ type: 'event', event: 'stopped', body: { reason: 'step' } }), true);
  assert.equal(isStopped({ type: 'event', event: 'continued' }), false);
  assert.equal(isStopped(null), false);
  const reply = { stackFrames: [{ line: 41, source: { path: '/srv/app/daemon.py' } }] };
  assert.equal(placeLabel(reply), 'daemon.py:41');
  assert.equal(placeLabel({ stackFrames: [{ line: 41 }] }), undefined);
  assert.equal(placeLabel({ stackFrames: [] }), undefined);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
const wire = read('../src/wire.ts') + read('../src/wire-questions.ts');
const documented = read('../../../docs/protocol.md');

test('every method the extension sends is in the protocol’s document', () => {
  const methods = [...wire.matchAll(/'(whyalive\/\w+)': \{ params/g)].map(
    (match) => match[1] ?? '',
  );
  assert.ok(methods.length >= 8);
  const missing = methods.filter((method) => !documented.includes(method));
  assert.deepEqual(missing, []);
});

test('every field the extension reads is in the protocol’s document', () => {
  const fields = new Set([...wire.matchAll(/^ {2}(\w+)\??:/gm)].map((match) => match[1] ?? ''));
  const isTold = (field: string): boolean => new RegExp(`["\`]${field}["\`]`).test(documented);
  const missing = [...fields].filter((field) => !isTold(field));
  assert.deepEqual(missing, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeText, plainText } from '../src/model/markdown.ts';

test('nothing in a name of a foreign heap is markup, neither an image nor a link nor an icon', () => {
  const hostile = '![x](https://example.org/x.png) <img src=x> $(flame) [a](command:b)\n# head';
  const text = plainText(hostile);
  assert.doesNotMatch(text, /(?<!\\)[![\]()<>$#]/, 'each such character is escaped');
  assert.doesNotMatch(text, /\n/);
});

test('plain words stay as they are', () => {
  assert.equal(plainText('growing in every snapshot'), 'growing in every snapshot');
});

test('code with backticks in it does not end before its end', () => {
  assert.equal(codeText('a.b'), '`a.b`');
  assert.equal(codeText("d['`']"), "`` d['`'] ``");
  assert.equal(codeText('``` x'), '```` ``` x ````');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatGrowth,
  formatMilliseconds,
  plural,
  programName,
} from '../src/model/format.ts';

test('bytes are written as the server writes them', () => {
  assert.equal(formatBytes(0), '0 B');
  assert.equal(formatBytes(999), '999 B');
  assert.equal(formatBytes(1000), '1.0 kB');
  assert.equal(formatBytes(27_349), '27.3 kB');
  assert.equal(formatBytes(999_949), '999.9 kB');
  assert.equal(formatBytes(999_950), '1.0 MB');
  assert.equal(formatBytes(18_200_000), '18.2 MB');
  assert.equal(formatBytes(104_857_600), '104.9 MB');
  assert.equal(formatBytes(1_449_000_000), '1.4 GB');
  assert.equal(formatBytes(-65_000), '−65.0 kB');
});

test('counts are grouped by thousands', () => {
  assert.equal(formatCount(0), '0');
  assert.equal(formatCount(999), '999');
  assert.equal(formatCount(1234567), '1,234,567');
  assert.equal(formatCount(-6100), '−6,100');
});

test('growth carries its sign, and nouns their number', () => {
  assert.equal(formatGrowth(241), '+241');
  assert.equal(formatGrowth(-3), '−3');
  assert.equal(formatGrowth(0), '±0');
  assert.equal(plural(1, 'suspect'), '1 suspect');
  assert.equal(plural(2, 'suspect'), '2 suspects');
});

test('times read as a person would say them', () => {
  assert.equal(formatMilliseconds(0.42), '0.4 ms');
  assert.equal(formatMilliseconds(18.2), '18 ms');
  assert.equal(formatMilliseconds(1234), '1.2 s');
});

test('a program is called by its script, its module or its own name', () => {
  assert.equal(programName('python3 daemon.py --x'), 'daemon.py');
  assert.equal(programName('/usr/bin/python3.11 -u /srv/app/main.py'), 'main.py');
  assert.equal(programName('python -m http.server 8000'), 'http.server');
  assert.equal(programName('python3 -X dev -W error app.py'), 'app.py');
  assert.equal(programName('python3 -c pass'), 'python3 -c');
  assert.equal(programName('/opt/venv/bin/gunicorn app:app'), 'gunicorn');
  const debugged = 'python /x/debugpy --connect 127.0.0.1:5 --configure-qt none /srv/app.py --x';
  assert.equal(programName(debugged), 'app.py');
  assert.equal(programName('python /x/debugpy --listen 5678'), 'debugpy');
  assert.equal(programName('python3'), 'python3');
  assert.equal(programName(''), '');
});

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFileAtomic } from '../../src/config/atomic-file.js';
import { appendJsonLine, readJsonLines } from '../../src/config/json-lines.js';
import { scratchFolder } from './scratch-folder.js';

test('writeFileAtomic replaces the file and leaves nothing beside it', (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, 'a.txt');
  writeFileAtomic(file, 'one');
  writeFileAtomic(file, new Uint8Array([50, 51]));
  assert.equal(readFileSync(file, 'utf8'), '23');
  assert.deepEqual(readdirSync(folder), ['a.txt']);
});

test('writeFileAtomic names the file that it cannot write and leaves nothing behind', (t) => {
  const folder = scratchFolder(t);
  assert.throws(
    () => writeFileAtomic(join(folder, 'none', 'a.txt'), 'x'),
    /cannot write .*none\/a\.txt: ENOENT/,
  );
  const target = join(folder, 'taken');
  mkdirSync(join(target, 'inner'), { recursive: true });
  assert.throws(() => writeFileAtomic(target, 'x'), /cannot write .*taken/);
  assert.deepEqual(readdirSync(folder), ['taken']);
});

test('lines that were cut by a crash are left out, and the next line does not join them', (t) => {
  const file = join(scratchFolder(t), 'deep', 'log.jsonl');
  assert.deepEqual(readJsonLines(file), []);
  appendJsonLine(file, { a: 1 });
  appendJsonLine(file, { a: 'ü' });
  appendFileSync(file, '{"a": 3, "b"');
  assert.deepEqual(readJsonLines(file), [{ a: 1 }, { a: 'ü' }]);
  appendJsonLine(file, { a: 4 });
  assert.deepEqual(readJsonLines(file), [{ a: 1 }, { a: 'ü' }, { a: 4 }]);
});

test('a file that holds nothing but a cut line is empty, and can be gone on with', (t) => {
  const file = join(scratchFolder(t), 'log.jsonl');
  writeFileSync(file, '{"a"');
  assert.deepEqual(readJsonLines(file), []);
  appendJsonLine(file, { a: 1 });
  assert.deepEqual(readJsonLines(file), [{ a: 1 }]);
});

test('a full disk is an error that names the log', { skip: process.platform !== 'linux' }, () => {
  assert.throws(() => appendJsonLine('/dev/full', { a: 1 }), /cannot write \/dev\/full: ENOSPC/);
});

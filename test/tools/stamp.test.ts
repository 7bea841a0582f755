import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadTool } from './tool-modules.js';

type Inputs = { texts?: string[]; files?: string[]; names?: string[] };
const { digest, filesUnder, isFresh, writeStamp } = await loadTool<{
  digest: (root: string, inputs: Inputs) => string;
  filesUnder: (folder: string) => string[];
  isFresh: (file: string, value: string) => boolean;
  writeStamp: (file: string, value: string) => void;
}>('setup/stamp.mjs');

test('a digest follows content, names and texts, and not the place', () => {
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'graft-stamp-')));
  const [a, b] = folders.map((folder) => {
    writeFileSync(join(folder, 'x'), '1');
    return digest(folder, { files: filesUnder(folder) });
  });
  assert.equal(a, b);
  const folder = folders[0] ?? '';
  writeFileSync(join(folder, 'x'), '2');
  assert.notEqual(digest(folder, { files: filesUnder(folder) }), a);
  assert.notEqual(digest(folder, { texts: ['jazzy'] }), digest(folder, { texts: ['kilted'] }));
});

test('a stamp is fresh only for the digest it was written with, and gone with its folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-stamp-'));
  const file = join(folder, 'out', '.stamp');
  assert.ok(!isFresh(file, 'a'));
  writeStamp(file, 'a');
  assert.ok(isFresh(file, 'a'));
  assert.ok(!isFresh(file, 'b'));
  rmSync(join(folder, 'out'), { recursive: true });
  assert.ok(!isFresh(file, 'a'));
});

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeEncoder } from '../../../src/cli/reward/features.js';
import { scratchFolder } from '../../config/scratch-folder.js';

test('weights other than those that are known are refused before anything of them is read or written', async (t) => {
  const folder = scratchFolder(t);
  const [weights, out] = [join(folder, 'weights.pth'), join(folder, 'encoder.onnx')];
  await assert.rejects(makeEncoder({ out, size: 224, weights }), /weights\.pth: cannot be read/);
  writeFileSync(weights, 'cposix\nsystem\n');
  await assert.rejects(
    makeEncoder({ out, size: 224, weights }),
    /weights\.pth: has sha256 [0-9a-f]{64}, expected 579344248a93/,
  );
  assert.equal(existsSync(out), false);
});

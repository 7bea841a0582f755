import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkpointExists, loadCheckpoint, saveCheckpoint } from '../../src/learning/checkpoint.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/engine/index.js';
import { scratchFolder } from '../config/scratch-folder.js';

const saver = fileURLToPath(new URL('./checkpoint-saver.js', import.meta.url));

test('a checkpoint comes back as it was saved', (t) => {
  const folder = scratchFolder(t);
  assert.equal(checkpointExists(folder), false);
  const checkpoint = {
    tensors: { 'actor/layer0/weight': Float32Array.of(1.5, -2), 'critic_adam/t': Float32Array.of(7) },
    progress: { steps: 10, updates: 20, version: 3, random: [1, 2, 3, 4, 1, -0.123456789012345] },
    base_sha256: 'abc',
    settings: { gamma: 0.97, engine: 'onnx' },
  };
  saveCheckpoint(folder, checkpoint);
  assert.equal(checkpointExists(folder), true);
  assert.deepEqual(loadCheckpoint(folder), checkpoint);
  assert.deepEqual(readdirSync(folder), ['residual.safetensors']);
});

test('kill -9 while saving: the checkpoint is always whole', async (t) => {
  const folder = scratchFolder(t);
  for (let kill = 0; kill < 6; kill++) {
    const child = spawn(process.execPath, [saver, folder, 'endless'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 3 + 7 * kill));
    child.kill('SIGKILL');
    assert.equal(await exited, 'SIGKILL');
    const { tensors, progress } = loadCheckpoint(folder);
    assert.ok(progress.steps >= 3);
    for (const values of Object.values(tensors)) {
      assert.equal(values.length, 400_000);
      assert.ok(
        values.every((value) => value === progress.steps),
        'no tensor is from another save',
      );
    }
  }
});

test(
  'no space left: an error that names the file, and the old checkpoint stays',
  { skip: process.platform !== 'linux' },
  (t) => {
    const folder = scratchFolder(t);
    const limited = spawnSync(
      'bash',
      ['-c', 'ulimit -f 128; exec "$0" "$@"', process.execPath, saver, folder, 'grow'],
      { encoding: 'utf8' },
    );
    assert.equal(limited.status, 0, limited.stderr);
    assert.match(limited.stdout, /^cannot write .*residual\.safetensors: EFBIG/);
    assert.equal(loadCheckpoint(folder).progress.steps, 1);
    assert.deepEqual(readdirSync(folder), ['residual.safetensors'], 'nothing half-written is left');
  },
);

test('safetensors: the layout is that of the format', () => {
  const bytes = Buffer.from(
    encodeSafetensors({
      tensors: { a: Float32Array.of(1, 2), b: Float32Array.of(-3) },
      metadata: { k: 'v' },
    }),
  );
  const length = Number(bytes.readBigUInt64LE(0));
  assert.equal(length % 8, 0, 'data is aligned to 8 bytes');
  const text = bytes.toString('utf8', 8, 8 + length);
  assert.match(text, /^\{.*\} *$/, 'padded with spaces');
  assert.deepEqual(JSON.parse(text), {
    __metadata__: { k: 'v' },
    a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    b: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
  });
  assert.equal(bytes.length, 8 + length + 12);
  assert.deepEqual(
    [0, 4, 8].map((at) => bytes.readFloatLE(8 + length + at)),
    [1, 2, -3],
  );
});

test('safetensors: round trip, also out of the middle of a pooled buffer and of views', () => {
  const large = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
  const tensors = {
    view: large.subarray(3, 10),
    empty: new Float32Array(),
    nämé: Float32Array.of(-0, 1e-40, 3.4e38),
  };
  const bytes = encodeSafetensors({ tensors, metadata: { text: 'ü "quoted"' } });
  for (let shift = 0; shift < 5; shift++) {
    const pooled = Buffer.alloc(bytes.length + 16, 0xff);
    pooled.set(bytes, shift);
    const read = decodeSafetensors(pooled.subarray(shift, shift + bytes.length));
    assert.deepEqual(read, { tensors, metadata: { text: 'ü "quoted"' } });
  }
});

test('safetensors: a file cut anywhere, or of another dtype, is refused', () => {
  const bytes = encodeSafetensors({
    tensors: { a: Float32Array.of(1, 2), b: Float32Array.of(3) },
    metadata: {},
  });
  for (let length = 0; length < bytes.length; length++)
    assert.throws(
      () => decodeSafetensors(bytes.subarray(0, length)),
      /is cut short|is too short/,
      `cut at ${length}`,
    );
  const half = Buffer.from(Buffer.from(bytes).toString('latin1').replace('F32', 'F16'), 'latin1');
  assert.throws(() => decodeSafetensors(half), /tensor a is F16, expected F32/);
});

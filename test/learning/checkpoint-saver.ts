/**
 * A process that saves checkpoints: `checkpoint-saver <folder> endless` until it is killed, `checkpoint-saver <folder> grow`
 * a small one and then one that is too large for the file size limit it was started with.
 */
import { saveCheckpoint } from '../../src/learning/checkpoint.js';

const [folder = '', mode = ''] = process.argv.slice(2);

function save(count: number, size: number): void {
  const tensors = { a: new Float32Array(size).fill(count), b: new Float32Array(size).fill(count) };
  const progress = { steps: count, updates: count, version: count, random: [] };
  saveCheckpoint(folder, { tensors, progress, base_sha256: 'base', settings: {} });
}

if (mode === 'grow') {
  save(1, 1000);
  try {
    save(2, 100_000);
  } catch (error) {
    process.stdout.write((error as Error).message);
  }
} else {
  for (let count = 1; ; count++) {
    save(count, 400_000);
    if (count === 3) process.stdout.write('saving');
  }
}

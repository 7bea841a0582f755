import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../../src/config/config-error.js';
import { readFilm } from '../../../src/cli/report/film-frames.js';
import type { Summary } from '../../../src/cli/report/summary.js';
import { writeReport } from '../../../src/cli/report/write-report.js';
import { addFilm, syntheticRun } from '../synthetic-run.js';

test('a report tells the result, the settings and the hashes, and needs nothing outside itself', async (t) => {
  const run = syntheticRun(t);
  const { page, summary } = await writeReport(run);
  const html = readFileSync(page, 'utf8');
  assert.match(html, /<h1>Base policy 45\.0 %, .*with the residual 95\.0 %/);
  assert.match(html, /held-out seeds 10000 to 10019/);
  for (const fact of [summary.base_sha256, 'residual_penalty', 'onnxruntime-node', 'train/metrics.jsonl']) {
    assert.ok(html.includes(fact), `the page lacks ${fact}`);
  }
  assert.match(html, /image of head.*96 x 84 px.*features.*64 values/);
  assert.match(html, /npx graft demo --seed 7 --steps 20000 --episodes 20 --demos 50 --task lift/);
  assert.doesNotMatch(html, /<script|<link|src="(?!data:)|url\(|https?:/);
  assert.doesNotMatch(html, /NaN|undefined|\[object/);
});

test('summary.json holds the same facts', async (t) => {
  const run = syntheticRun(t);
  await writeReport(run);
  const summary = JSON.parse(readFileSync(join(run.report, 'summary.json'), 'utf8')) as Summary;
  assert.deepEqual([summary.base.successes, summary.base.episodes], [9, 20]);
  assert.deepEqual([summary.residual.successes, summary.residual.episodes], [19, 20]);
  assert.ok(Math.abs(summary.base.wilson95[0] - 0.2582) < 1e-3);
  assert.equal(summary.steps, 20_000);
  assert.equal(summary.train_seconds, 25);
  assert.equal(summary.steps_per_s, 800);
  assert.equal(summary.seed, 7);
  assert.equal(summary.stage_seconds['evaluate-residual'], 45);
  assert.equal(summary.versions.node, process.version);
});

test('a missing file is named, with what makes it', async (t) => {
  const run = syntheticRun(t, 400);
  const without = async (file: string, expected: RegExp): Promise<void> => {
    const content = readFileSync(file);
    rmSync(file);
    await assert.rejects(writeReport(run), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.ok(error.message.includes(file), error.message);
      assert.match(error.message, expected);
      return true;
    });
    writeFileSync(file, content);
  };
  await without(join(run.evaluate, 'residual', 'episodes.jsonl'), /is missing; .*--policy residual/);
  await without(join(run.train, 'metrics.jsonl'), /is missing; .*training/);
  await without(join(run.base, 'manifest.yaml'), /cannot be read/);
  await without(join(run.checkpoint, 'residual.safetensors'), /no checkpoint/);
  await writeReport(run);
});

test('a checkpoint of another base policy is refused', async (t) => {
  const run = syntheticRun(t, 400);
  const manifest = join(run.base, 'manifest.yaml');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/^sha256:.*\n/m, ''));
  writeFileSync(join(run.base, 'policy.onnx'), 'another');
  await assert.rejects(writeReport(run), /base_sha256: belongs to the base policy/);
});

test('the film comes out of the bags, evenly apart and with its times', async (t) => {
  const run = syntheticRun(t, 400);
  const images = Array.from({ length: 50 }, (_, i) => {
    return { width: 16, height: 12, data: new Uint8Array(3 * 16 * 12).fill(5 * i) };
  });
  await addFilm(run, 'base', images);
  await addFilm(run, 'residual', images.slice(0, 20));
  const frames = await readFilm(join(run.film, 'base', 'bag'), 8);
  assert.deepEqual(
    frames.map(({ time }) => Number(time.toFixed(2))),
    [0, 0.56, 1.12, 1.68, 2.24, 2.8, 3.36, 3.92],
  );
  assert.deepEqual([...frames[0].jpeg.subarray(0, 2)], [0xff, 0xd8]);
  const { page } = await writeReport(run);
  const html = readFileSync(page, 'utf8');
  assert.equal(html.match(/src="data:image\/jpeg;base64,/g)?.length, 16);
  assert.match(html, /Both from seed 10012/);
  assert.match(html, /The base policy fails.*The same policy with the residual succeeds/s);
});

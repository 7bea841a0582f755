import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { graft } from '../../src/cli/command-line.js';
import { render } from '../../src/cli/render.js';

test('graft render writes stills and clips of every layer in the size that was asked for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-render-'));
  t.after(() => rmSync(folder, { recursive: true }));
  t.mock.method(console, 'log', () => undefined);
  const command = async (file: string, ...options: string[]) => {
    const out = join(folder, file);
    assert.equal(await graft(['render', '--task', 'lift', '--camera', 'scene', '--out', out, ...options]), 0);
    return sharp(out, { animated: true }).metadata();
  };
  const still = await command('scene.png');
  assert.deepEqual([still.format, still.width, still.height], ['png', 320, 240]);
  const small = ['--width', '48', '--height', '36'];
  const depth = await command('new/depth.jpg', '--depth', '--steps', '2', ...small);
  assert.deepEqual([depth.format, depth.width, depth.height], ['jpeg', 48, 36]);
  const clip = await command('clip.gif', '--steps', '3', '--fps', '10', ...small);
  assert.deepEqual([clip.format, clip.pages, clip.pageHeight], ['gif', 4, 36]);
  assert.deepEqual(clip.delay, [100, 100, 100, 100]);
  const bodies = await command('bodies.webp', '--segmentation', '--steps', '2', ...small);
  assert.deepEqual([bodies.format, bodies.pages], ['webp', 3]);
});

test('graft render draws the looks that the randomisation gives a seed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-render-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const picture = async (randomise: boolean): Promise<Buffer> => {
    const out = join(folder, `${randomise}.png`);
    await render({ task: 'lift_pixels', camera: 'head', out, seed: 3, layer: 'colour', randomise });
    return sharp(out).raw().toBuffer();
  };
  const [plain, varied] = [await picture(false), await picture(true)];
  const changed = plain.filter((value, i) => Math.abs(value - varied[i]) > 3).length;
  assert.ok(changed > plain.length / 2, `${changed} of ${plain.length} numbers differ`);
  assert.deepEqual(await picture(true), varied);
});

test('graft render shows what a late camera shows', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-render-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const task = join(folder, 'late.yaml');
  const camera = '{ head: { delay_s: [0.16, 0.16] } }'; // two control steps
  writeFileSync(
    task,
    `extends: sim/tasks/lift_pixels.yaml\nname: late\nrandomisation: { camera: ${camera} }\n`,
  );
  const picture = async (steps: number, randomise: boolean): Promise<Buffer> => {
    const out = join(folder, `${steps}-${randomise}.png`);
    await render({ task, camera: 'head', out, seed: 3, layer: 'colour', steps, randomise });
    return sharp(out).raw().toBuffer();
  };
  assert.deepEqual(await picture(12, true), await picture(10, false));
  assert.notDeepEqual(await picture(12, false), await picture(10, false));
});

test('graft render names the cameras and the kinds of files that there are', async () => {
  const request = { task: 'lift', seed: 0, layer: 'colour', randomise: false } as const;
  await assert.rejects(
    render({ ...request, camera: 'elbow', out: 'x.png' }),
    /lift\.yaml: its model has no camera elbow; it has .*scene/,
  );
  await assert.rejects(render({ ...request, camera: 'scene', out: 'x.mp4' }), /x\.mp4: .*\.png.*\.webp/);
});

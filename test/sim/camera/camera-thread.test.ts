import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { CameraThread } from '../../../src/sim/camera/camera-thread.js';
import { emptyFrame, FrameReader } from '../../../src/sim/camera/frame-state.js';
import type { FrameState } from '../../../src/sim/camera/frame-state.js';
import { geomShapes } from '../../../src/sim/camera/geom-shapes.js';
import { SoftwareCamera } from '../../../src/sim/camera/software-camera.js';
import { loadPhysics } from '../../../src/sim/mujoco.js';

const size = { width: 64, height: 48 };
const { mj, model, data } = await loadPhysics(join('sim', 'models', 'lift_scene.xml'));
const shapes = geomShapes(mj, model);
/** The same on every geom: contrast, size, seed. */
const patterns = Float64Array.from({ length: 3 * model.ngeom }, (_, i) => [0.5, 0.05, 9][i % 3]);

/** The lift scene with the block at a height (m), as the camera `scene` sees it. */
function frameAt(height: number): FrameState {
  (data.qpos as Float64Array)[model.nq - 5] = height;
  mj.mj_forward(model, data);
  const frame = emptyFrame(shapes.ids.length);
  new FrameReader(mj, model, shapes, { camera: 'scene', patterns, ...size }).read(data, frame);
  return frame;
}

async function withThread(newest: boolean, body: (thread: CameraThread) => Promise<void>): Promise<void> {
  const thread = new CameraThread({ shapes, cameras: [size, size] }, { newest });
  try {
    await body(thread);
  } finally {
    await thread.close();
  }
}

test('a thread draws what the camera draws, and compresses it', async () => {
  await withThread(false, async (thread) => {
    const frame = frameAt(0.9);
    const compression = { format: 'png', quality: 90 } as const;
    const layers = ['colour', 'depth', 'segmentation'] as const;
    const picture = await thread.draw({ camera: 0, frame, layers, compression });
    const expected = new SoftwareCamera(mj, model, { camera: 'scene', patterns, ...size }).draw(data, layers);
    assert.ok(picture?.file !== undefined);
    const { file, ...drawn } = picture;
    assert.deepEqual(drawn, expected);
    assert.deepEqual(new Uint8Array(await sharp(file).raw().toBuffer()), expected.colour);
  });
});

test('every picture is delivered in turn; with newest, old orders of the same camera give way', async () => {
  const frames = [0.8, 0.9, 1, 1.1].map(frameAt);
  const order = (thread: CameraThread, camera: number): Promise<Float32Array | undefined>[] =>
    frames.map(async (frame) => (await thread.draw({ camera, frame, layers: ['depth'] }))?.depth);
  await withThread(false, async (thread) => {
    const drawn = order(thread, 0);
    assert.equal(thread.waiting, 4);
    const depths = await Promise.all(drawn);
    assert.deepEqual([thread.waiting, thread.dropped], [0, 0]);
    assert.equal(new Set(depths.map(String)).size, 4);
  });
  await withThread(true, async (thread) => {
    const drawn = [...order(thread, 0), ...order(thread, 1)];
    assert.equal(thread.waiting, 3, 'one is being drawn, and one a camera waits');
    const delivered = (await Promise.all(drawn)).map((depth) => depth !== undefined);
    assert.deepEqual(delivered, [true, false, false, true, false, false, false, true]);
    assert.equal(thread.dropped, 5);
  });
});

test('a thread that dies is replaced; an order that kills two is given up', async () => {
  await withThread(false, async (thread) => {
    const frame = frameAt(1);
    const fatal = thread.draw({ camera: 7, frame, layers: ['colour'] });
    const next = thread.draw({ camera: 0, frame, layers: ['colour'] });
    await assert.rejects(fatal, /the camera's thread: .+/);
    assert.ok((await next)?.colour !== undefined);
    assert.equal(thread.restarts, 2);
  });
});

test('a closed thread draws nothing more', async () => {
  const thread = new CameraThread({ shapes, cameras: [size] }, { newest: false });
  const frame = frameAt(1);
  const drawn = [0, 1].map(() => thread.draw({ camera: 0, frame, layers: ['colour'] }));
  await thread.close();
  assert.deepEqual(await Promise.all(drawn), [undefined, undefined]);
  assert.equal(await thread.draw({ camera: 0, frame, layers: ['colour'] }), undefined);
});

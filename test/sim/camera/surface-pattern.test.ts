import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SoftwareCamera } from '../../../src/sim/camera/software-camera.js';
import { disposePhysics, loadPhysics, type Physics } from '../../../src/sim/mujoco.js';
import { scratchFolder } from '../../config/scratch-folder.js';

/** A block and a ball that float freely, with a camera that rides on them, and another far away. */
const xml = `
<mujoco>
  <worldbody>
    <camera name="far" pos="0 -400 0" xyaxes="1 0 0 0 0 1" fovy="1"/>
    <body>
      <freejoint/>
      <camera name="rider" pos="0 -1.5 0" xyaxes="1 0 0 0 0 1" fovy="50"/>
      <geom type="box" size="0.4 0.1 0.3" pos="-0.2 0.3 0" rgba="0.4 0.4 0.4 1" mass="1"/>
      <geom size="0.25" pos="0.3 0 0.2" rgba="0.4 0.4 0.4 1" mass="1"/>
    </body>
  </worldbody>
</mujoco>`;

const size = { width: 96, height: 72, shadows: false };

async function floating(t: TestContext): Promise<Physics> {
  const file = join(scratchFolder(t), 'floating.xml');
  writeFileSync(file, xml);
  const physics = await loadPhysics(file);
  t.after(() => disposePhysics(physics));
  physics.mj.mj_forward(physics.model, physics.data);
  return physics;
}

function shoot({ mj, model, data }: Physics, patterns?: Float64Array, camera = 'rider'): Uint8Array {
  const options = patterns === undefined ? {} : { patterns };
  return new SoftwareCamera(mj, model, { camera, ...size, ...options }).render(data).data;
}

/** The same pattern on both geoms. */
function pattern(contrast: number, edge: number, seed: number): Float64Array {
  return Float64Array.of(contrast, edge, seed, contrast, edge, seed);
}

/** How much lighter each pixel's red is than without a pattern. */
function lightening(physics: Physics, patterns: Float64Array): number[] {
  const plain = shoot(physics);
  return Array.from(shoot(physics, patterns), (value, i) => value / plain[i]).filter((_, i) => i % 3 === 0);
}

test('without contrast an image is the same to the byte', async (t) => {
  const physics = await floating(t);
  assert.deepEqual(shoot(physics, pattern(0, 0.1, 5)), shoot(physics));
  assert.deepEqual(shoot(physics, physics.patterns), shoot(physics));
});

test('a pattern is lighter and darker by up to its contrast, and another one for another seed', async (t) => {
  const physics = await floating(t);
  const factors = lightening(physics, pattern(0.4, 0.06, 5)).filter((factor) => factor !== 1);
  assert.ok(factors.length > 1000, `${factors.length} pixels`);
  assert.ok(factors.every((factor) => factor > 0.58 && factor < 1.42));
  assert.ok(Math.max(...factors) > 1.2 && Math.min(...factors) < 0.8);
  const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
  assert.ok(Math.abs(mean - 1) < 0.03, `mean ${mean}`);
  assert.notDeepEqual(lightening(physics, pattern(0.4, 0.06, 6)), lightening(physics, pattern(0.4, 0.06, 5)));
});

test('a pattern moves and turns with its body: who rides along sees it stand still', async (t) => {
  const physics = await floating(t);
  const { mj, model, data } = physics;
  const start = lightening(physics, pattern(0.6, 0.1, 3));
  (data.qpos as Float64Array).set([3.1, -2.3, 0.7, 0.9, 0.3, -0.2, 0.25]);
  mj.mj_forward(model, data);
  const moved = lightening(physics, pattern(0.6, 0.1, 3));
  const drawn = start.filter((factor) => factor !== 1).length;
  // A channel is a whole number, often as low as 30, and a pixel on an edge may show either side.
  const strays = moved.filter((factor, i) => Math.abs(factor - start[i]) > 0.07).length;
  assert.ok(drawn > 1000 && strays < 0.02 * drawn, `${strays} of ${drawn} pixels`);
});

test('neighbouring pixels of a coarse pattern differ little, those of a fine one more', async (t) => {
  const physics = await floating(t);
  const roughness = (edge: number): number => {
    const factors = lightening(physics, pattern(0.5, edge, 1));
    return factors.slice(1).reduce((sum, factor, i) => sum + Math.abs(factor - factors[i]), 0);
  };
  assert.ok(roughness(0.05) > 2 * roughness(0.3));
});

test('a pattern finer than a pixel is not drawn', async (t) => {
  const physics = await floating(t);
  assert.deepEqual(shoot(physics, pattern(1, 0.02, 1), 'far'), shoot(physics, undefined, 'far'));
  assert.notDeepEqual(shoot(physics, pattern(1, 0.3, 1), 'far'), shoot(physics, undefined, 'far'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectFile } from '../../../src/config/paths.js';
import { SoftwareCamera } from '../../../src/sim/camera/software-camera.js';
import type { Physics } from '../../../src/sim/mujoco.js';
import { compileRandomisation } from '../../../src/sim/randomisation/compile.js';
import { DomainModel } from '../../../src/sim/randomisation/domain-model.js';
import { drawDomain, type Domain } from '../../../src/sim/randomisation/domain.js';
import { bodyId, modelPhysics, scene, scenePhysics, step } from './scene.js';

function domain(values: Readonly<Record<string, number>>): Domain {
  return { names: Object.keys(values), values: Float64Array.from(Object.values(values)) };
}

function near(actual: number, expected: number, share: number): void {
  assert.ok(Math.abs(actual / expected - 1) < share, `${actual}, expected ${expected}`);
}

test('mass: a heavier body accelerates less under a force, in translation and rotation', async (t) => {
  const physics = await scenePhysics(t);
  const model = new DomainModel(physics, scene);
  const push = (): number[] => {
    const { mj, data } = physics;
    (data.qpos as Float64Array)[2] = 2;
    (data.xfrc_applied as Float64Array).set([3, 0, 0, 0, 0, 0.1], 6 * bodyId(physics, 'crate'));
    mj.mj_forward(physics.model, data);
    const [x, , , , , turn] = data.qacc as Float64Array;
    return [x, turn];
  };
  model.apply(domain({}));
  const [x, turn] = push();
  near(x, 3, 1e-9);
  model.apply(domain({ 'mass.crate': 1.5 }));
  const heavier = push();
  near(heavier[0], x / 1.5, 1e-9);
  near(heavier[1], turn / 1.5, 1e-9);
  model.apply(domain({ 'mass.all': 2, 'mass.crate': 1.5 }));
  near(push()[0], x / 3, 1e-9);
});

test('mass: gravity compensation keeps to the nominal mass, and derived constants follow', async (t) => {
  const physics = await scenePhysics(t);
  const model = new DomainModel(physics, scene);
  const { data } = physics;
  const fall = (): number => {
    physics.mj.mj_forward(physics.model, data);
    return (data.qacc as Float64Array)[8];
  };
  model.apply(domain({}));
  assert.ok(Math.abs(fall()) < 1e-9);
  const inverse = (physics.model.body_invweight0 as Float64Array)[2 * bodyId(physics, 'ball')];
  model.apply(domain({ 'mass.ball': 1.25 }));
  near(fall(), -9.81 * 0.2, 1e-9);
  near((physics.model.body_invweight0 as Float64Array)[2 * bodyId(physics, 'ball')], inverse / 1.25, 1e-9);
  assert.equal(physics.model.stat.meaninertia, 7);
});

test('friction: sliding distance follows the larger coefficient of the two surfaces', async (t) => {
  const physics = await scenePhysics(t);
  const model = new DomainModel(physics, scene);
  const slide = (values: Readonly<Record<string, number>>): number => {
    model.apply(domain(values));
    const { data } = physics;
    step(physics, 100);
    const start = (data.qpos as Float64Array)[0];
    (data.qvel as Float64Array)[0] = 1;
    step(physics, 800);
    return (data.qpos as Float64Array)[0] - start;
  };
  near(slide({}), 1 / (2 * 0.4 * 9.81), 0.05);
  near(slide({ 'friction.all': 0.5 }), 1 / (2 * 0.2 * 9.81), 0.05);
  near(slide({ 'friction.crate': 2 }), 1 / (2 * 0.8 * 9.81), 0.05);
  assert.equal(slide({ 'friction.crate': 0.5 }), slide({}));
});

test('gain: a servo under load sags in inverse proportion; damping slows it; a velocity servo has damping only', async (t) => {
  const physics = await scenePhysics(t);
  const model = new DomainModel(physics, scene);
  const joint = (): number => (physics.data.qpos as Float64Array)[14];
  const after = (values: Readonly<Record<string, number>>, steps: number): number => {
    model.apply(domain(values));
    step(physics, steps);
    return joint();
  };
  const sag = after({}, 3000);
  near(sag * 20, 9.81 * 0.15 * Math.cos(sag), 0.01);
  const stiff = after({ 'actuator_gain.elbow': 2 }, 3000);
  near(stiff * 40, 9.81 * 0.15 * Math.cos(stiff), 0.01);
  assert.ok(after({ 'actuator_damping.elbow': 3 }, 50) < 0.6 * after({}, 50));
  near(after({ 'actuator_damping.elbow': 3 }, 6000), sag, 0.001);
  const gains = (): number[] => [
    (physics.model.actuator_gainprm as Float64Array)[10],
    (physics.model.actuator_biasprm as Float64Array)[12],
  ];
  model.apply(domain({ 'actuator_gain.all': 2 }));
  assert.deepEqual(gains(), [1, -1]);
  model.apply(domain({ 'actuator_damping.all': 2 }));
  assert.deepEqual(gains(), [2, -2]);
});

function picture(physics: Physics, camera = 'eye'): Uint8Array {
  const { mj, model, data, patterns } = physics;
  mj.mj_forward(model, data);
  return new SoftwareCamera(mj, model, { camera, width: 96, height: 72, patterns }).render(data).data;
}

function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

test('camera, light, colour and texture: the image changes, also that of a camera made before, and comes back', async (t) => {
  const physics = await scenePhysics(t);
  const { mj, data, patterns } = physics;
  const model = new DomainModel(physics, scene);
  const options = { camera: 'eye', width: 96, height: 72, patterns };
  const standing = new SoftwareCamera(mj, physics.model, options);
  const nominal = picture(physics);
  const changes: Readonly<Record<string, number>>[] = [
    { 'camera.eye.x': 0.1 },
    { 'camera.eye.rz': 0.1 },
    { 'camera.eye.fovy': 1.1 },
    { 'light.key.rx': 0.4 },
    { 'light.key.brightness': 0.5 },
    { 'colour.crate.g': 2 },
    { 'colour.ball.r': 3 },
    { 'colour.all.b': 0.7 },
    { 'texture.ball.contrast': 0.9, 'texture.ball.size': 0.2, 'texture.ball.seed': 7 },
    { 'texture.all.contrast': 0.5, 'texture.all.size': 0.2, 'texture.all.seed': 7 },
  ];
  for (const change of changes) {
    model.apply(domain(change));
    const image = picture(physics);
    assert.ok(difference(image, nominal) > 0.02, `${Object.keys(change)[0]}: ${difference(image, nominal)}`);
    assert.deepEqual(standing.render(data).data, image);
  }
  model.restore();
  assert.deepEqual(picture(physics), nominal);
});

test('a dimmer light darkens, a redder ball with a material turns red, and a wider lens shows things smaller', async (t) => {
  const physics = await scenePhysics(t);
  const model = new DomainModel(physics, scene);
  const mean = (image: Uint8Array): number => image.reduce((sum, value) => sum + value, 0) / image.length;
  const nominal = picture(physics);
  model.apply(domain({ 'light.key.brightness': 0.5 }));
  assert.ok(mean(picture(physics)) < mean(nominal) - 5);
  const count = (image: Uint8Array, test: (r: number, g: number, b: number) => boolean): number =>
    Array.from({ length: image.length / 3 }, (_, i) =>
      test(image[3 * i], image[3 * i + 1], image[3 * i + 2]),
    ).filter(Boolean).length;
  const green = (image: Uint8Array): number => count(image, (r, g, b) => g > 1.4 * r && g > 1.2 * b);
  assert.ok(green(nominal) > 20);
  model.apply(domain({ 'colour.ball.r': 4 }));
  assert.equal(green(picture(physics)), 0);
  model.apply(domain({ 'camera.eye.fovy': 1.5 }));
  assert.ok(green(picture(physics)) < 0.6 * green(nominal));
});

test('a camera that tracks a body moves, too: its derived offset follows', async (t) => {
  const physics = await scenePhysics(t);
  const model = new DomainModel(physics, scene);
  const place = (): number[] => {
    physics.mj.mj_forward(physics.model, physics.data);
    const [x, y, z] = (physics.data.cam_xpos as Float64Array).subarray(3);
    return [x, y, z];
  };
  model.apply(domain({}));
  const [x, y, z] = place();
  model.apply(domain({ 'camera.chaser.y': -0.25 }));
  const moved = place();
  assert.deepEqual([moved[0], moved[2]], [x, z]);
  near(moved[1], y - 0.25, 1e-9);
});

/** State after 3 s of a moving arm, and the constants that MuJoCo derives. */
function rollout({ mj, model, data }: Physics): Float64Array {
  mj.mj_resetData(model, data);
  const ctrl = data.ctrl as Float64Array;
  for (let i = 0; i < 200; i++) {
    ctrl.fill(0.3 * Math.sin(i / 20));
    mj.mj_step(model, data);
  }
  return Float64Array.of(
    ...(data.qpos as Float64Array),
    ...(data.qvel as Float64Array),
    ...(model.dof_invweight0 as Float64Array),
    model.stat.meaninertia,
    model.stat.extent,
  );
}

const everywhere = {
  mass: { '*': [0.5, 2], all: [0.8, 1.2] },
  friction: { '*': [0.5, 2] },
  actuator_gain: { '*': [0.8, 1.2] },
  actuator_damping: { '*': [0.8, 1.2] },
  camera: { '*': { position_m: 0.1, rotation_rad: 0.1, fovy: [0.9, 1.1] } },
  light: { '*': { position_m: 0.1, direction_rad: 0.1, brightness: [0.5, 1.5] } },
  colour: { '*': [0.5, 1.5] },
  texture: { '*': { contrast: [0.1, 1], size_m: [0.01, 0.1] } },
} as const;

for (const file of ['lift_scene.xml', undefined]) {
  test(`restored or nominal, ${file ?? 'the small scene'} rolls out to the bit as if nothing had been applied`, async (t) => {
    const load = (): Promise<Physics> =>
      file === undefined ? scenePhysics(t) : modelPhysics(t, projectFile('sim', 'models', file));
    const fresh = rollout(await load());
    const physics = await load();
    const compiled = compileRandomisation(everywhere, physics, { ...scene, frames: new Map() });
    const model = new DomainModel(physics, scene);
    const drawn = drawDomain(compiled, 5);
    model.apply(drawn);
    const changed = rollout(physics);
    assert.notDeepEqual(changed, fresh);
    model.restore();
    assert.deepEqual(rollout(physics), fresh);
    const isFactor = (name: string): boolean => !/\.r?[xyz]$/.test(name);
    model.apply(domain(Object.fromEntries(drawn.names.map((name) => [name, isFactor(name) ? 1 : 0]))));
    assert.deepEqual(rollout(physics), fresh);
    model.apply(drawn);
    assert.deepEqual(rollout(physics), changed, 'the same domain again');
  });
}

test('a name that the scene lacks is refused and leaves the model nominal', async (t) => {
  const physics = await scenePhysics(t);
  const fresh = rollout(physics);
  const model = new DomainModel(physics, scene);
  model.apply(domain({ 'mass.crate': 2 }));
  assert.throws(() => model.apply(domain({ 'mass.crate': 2, 'mass.crane': 2 })), /domain: mass\.crane: /);
  assert.deepEqual(rollout(physics), fresh);
});

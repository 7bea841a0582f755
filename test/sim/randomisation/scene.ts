/** A small scene in which each number of a domain shows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RandomisedScene } from '../../../src/sim/randomisation/compile.js';
import { disposePhysics, loadPhysics, type Physics } from '../../../src/sim/mujoco.js';
import { scratchFolder } from '../../config/scratch-folder.js';

const xml = `
<mujoco>
  <option timestep="0.002" integrator="implicitfast" cone="elliptic"/>
  <statistic meaninertia="7"/>
  <asset><material name="paint" rgba="0.2 0.6 0.3 1"/></asset>
  <worldbody>
    <light name="key" directional="true" pos="0 0 4" dir="0.3 0.2 -0.9"/>
    <light mode="trackcom" pos="0 0 3"/>
    <camera name="eye" pos="0 -3 0.6" xyaxes="1 0 0 0 0.1 1" fovy="50"/>
    <geom name="floor" type="plane" size="9 9 0.1" friction="0.4" rgba="0.5 0.55 0.6 1"/>
    <body name="crate" pos="0 0 0.1">
      <freejoint/>
      <geom type="box" size="0.1 0.1 0.1" mass="1" friction="0.4" rgba="0.8 0.3 0.1 1"/>
    </body>
    <body name="ball" pos="0.5 0 0.5" gravcomp="1">
      <freejoint/>
      <geom size="0.2" mass="2" material="paint" friction="0.2"/>
      <camera name="chaser" mode="trackcom" pos="0 -1 0"/>
    </body>
    <body name="arm" pos="-0.6 0 0.8">
      <joint name="elbow" axis="0 1 0" damping="0.1"/>
      <geom type="capsule" size="0.03" fromto="0 0 0 0.3 0 0" mass="1"/>
    </body>
    <body name="wrist" pos="-1 0 0.8">
      <joint name="wrist" axis="0 1 0" armature="0.1"/>
      <geom type="capsule" size="0.03" fromto="0 0 0 0.01 0 0" mass="0.1"/>
    </body>
  </worldbody>
  <actuator>
    <position name="elbow" joint="elbow" kp="20" kv="2"/>
    <velocity name="wrist" joint="wrist" kv="1"/>
  </actuator>
</mujoco>`;

export const scene: RandomisedScene = {
  file: 'task.yaml',
  frames: new Map([
    ['object', ['crate', 'ball']],
    ['tool', []],
  ]),
  joints: ['elbow', 'wrist'],
};

/** The scene, compiled, for one test. */
export async function scenePhysics(t: TestContext): Promise<Physics> {
  const file = join(scratchFolder(t), 'scene.xml');
  writeFileSync(file, xml);
  return modelPhysics(t, file);
}

/** A compiled model for one test. */
export async function modelPhysics(t: TestContext, file: string): Promise<Physics> {
  const physics = await loadPhysics(file);
  t.after(() => disposePhysics(physics));
  return physics;
}

export function bodyId({ mj, model }: Physics, name: string): number {
  return mj.mj_name2id(model, 1, name);
}

export function step({ mj, model, data }: Physics, count: number): void {
  for (let i = 0; i < count; i++) mj.mj_step(model, data);
}

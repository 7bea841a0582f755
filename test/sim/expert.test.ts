import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { projectFile } from '../../src/config/paths.js';
import { Expert } from '../../src/sim/expert.js';
import { observeWorld, rollout } from '../../src/sim/rollout.js';
import { loadTask } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';

const task = loadTask(projectFile('sim/tasks/lift.yaml'));
let world: World;
before(async () => {
  world = await World.create(task);
});
after(() => world.dispose());

async function successes(expert: Expert, seeds: number): Promise<number> {
  let count = 0;
  for (let seed = 0; seed < seeds; seed++) {
    expert.reset(seed);
    const act = ({ joints, object }: ReturnType<typeof observeWorld>): Float64Array =>
      expert.act(joints, object);
    if ((await rollout({ world, seed, act })).success) count++;
  }
  return count;
}

test('the expert lifts and holds the object on at least 9 of 10 seeds, with noise as well', async () => {
  for (const noise of [false, true]) {
    const expert = await Expert.create(task, { noise });
    const count = await successes(expert, 10);
    expert.dispose();
    assert.ok(count >= 9, `${count} of 10, noise ${noise}`);
  }
});

test('standing still does not succeed', async () => {
  const home = Float64Array.from(task.action_joints, (name) => {
    const joint = task.robot.joints.find((candidate) => candidate.name === name);
    return joint?.home ?? NaN;
  });
  const { success, steps } = await rollout({ world, seed: 0, horizon: 20, act: () => home });
  assert.deepEqual({ success, steps }, { success: false, steps: 20 });
});

test('at the lift the thumb and at least two fingers touch the object', async () => {
  const expert = await Expert.create(task);
  expert.reset(3);
  const touching = new Set<string>();
  await rollout({
    world,
    seed: 3,
    act: ({ joints, object }) => {
      if (world.objectHeight() > 0.08) for (const name of bodiesTouchingObject()) touching.add(name);
      return expert.act(joints, object);
    },
  });
  expert.dispose();
  const names = [...touching].join(' ');
  assert.match(names, /thumb/);
  assert.ok(
    ['index', 'middle', 'ring', 'little'].filter((finger) => names.includes(finger)).length >= 2,
    names,
  );
});

test('the same seed gives the same noisy targets, another seed others', async () => {
  const expert = await Expert.create(task, { noise: true });
  world.reset(0);
  const { joints, object } = observeWorld(world);
  const first = (seed: number): Float64Array => {
    expert.reset(seed);
    return expert.act(joints, object);
  };
  const a = first(4);
  assert.notDeepEqual(first(5), a);
  assert.deepEqual(first(4), a);
  expert.dispose();
});

function bodiesTouchingObject(): string[] {
  const { mj, model, data } = world.physics;
  const object = mj.mj_name2id(model, 5, 'object');
  const bodies = model.geom_bodyid as Int32Array;
  const names: string[] = [];
  for (let i = 0; i < data.ncon; i++) {
    const contact = data.contact.get(i);
    if (contact === undefined) continue;
    const pair = [contact.geom1, contact.geom2];
    contact.delete();
    if (!pair.includes(object)) continue;
    names.push(mj.mj_id2name(model, 1, bodies[pair[0] === object ? pair[1] : pair[0]]));
  }
  return names;
}

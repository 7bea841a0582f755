/** Every task that ships: it is made, reset, stepped, observed, judged and rendered. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { observationNames } from '../../src/robot/observation-spec.js';
import { SoftwareCamera } from '../../src/sim/camera/software-camera.js';
import { TaskJudge } from '../../src/sim/expression/judge.js';
import { observeWorld } from '../../src/sim/rollout.js';
import { findTask, shippedTasks } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';
import { WorldObserver } from '../../src/sim/world-observer.js';

test('five tasks ship, two of them also for robots that are told no poses', () => {
  assert.deepEqual(shippedTasks(), [
    ...['box_cleanup', 'can_sort', 'handover', 'lift', 'lift_pixels', 'pick_place', 'pick_place_pixels'],
  ]);
});

for (const name of shippedTasks()) {
  test(`${name} can be made, reset, stepped, observed, judged and rendered`, async (t) => {
    const task = findTask(name);
    assert.equal(task.name, name);
    assert.ok(task.demonstrator !== undefined && task.stages.length >= 3 && task.randomisation !== undefined);
    const world = await World.create(task);
    t.after(() => world.dispose());
    const judge = TaskJudge.compile(task, world.names);
    const observer = new WorldObserver(world);
    const seen = new Set<string>();
    for (let seed = 0; seed < 3; seed++) {
      world.reset(seed);
      assert.equal(judge.reset(world.scene).outcome, 'running');
      for (let i = 0; i < 3; i++) world.step({});
      assert.equal(judge.update(world.scene).outcome, 'running', 'nothing is done by standing still');
      const { state, images } = observer.observe(observeWorld(world));
      assert.equal(state.length, observationNames(task.observation).length);
      assert.ok(state.every(Number.isFinite));
      seen.add([state, ...images].join());
    }
    assert.equal(seen.size, 3, 'every seed is another episode');
    for (const { name: camera } of task.cameras) {
      const { mj, model, data } = world.physics;
      const { data: pixels } = new SoftwareCamera(mj, model, { camera, width: 40, height: 30 }).render(data);
      assert.ok(new Set(pixels).size > 20, `${camera} sees more than one colour`);
    }
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyAgent } from '../../src/worlds/agent.js';
import { findTask } from '../../src/sim/task.js';
import { zeroBase } from '../../src/trial/from-scratch.js';
import { pointManifest } from '../learning/point-task.js';
import { observedState } from '../robot/observed-state.js';

const manifest = {
  ...pointManifest,
  features: { output: 'features', size: 3, clip: 5 },
  action: { ...pointManifest.action, lower: [-2, 1], upper: [2, 3], chunk_size: 8, execute: 4 },
};

test('the base of learning from scratch is the middle of each joint, at every step, and has no features', async () => {
  const base = zeroBase(manifest);
  assert.equal(base.manifest.features, undefined);
  assert.equal(base.manifest.action.execute, 1);
  for (let i = 0; i < 3; i++) {
    const { values, chunk_step, features } = await base.act(observedState(0.1, 0.2));
    assert.deepEqual([[...values], chunk_step, features.length], [[0, 2], 0, 0]);
  }
});

test('a residual on top of it reaches the whole range of the demonstrations', async () => {
  const task = { ...findTask('lift'), action_joints: manifest.action.joints };
  const whole = policyAgent(task, zeroBase(manifest), () => Promise.resolve(Float32Array.of(1, -1)));
  const inputs = {} as Parameters<typeof whole.propose>[0];
  const { executed, base } = await whole.propose(inputs, observedState(0, 0));
  assert.deepEqual(
    [[...executed], [...base]],
    [
      [2, 1],
      [0, 2],
    ],
  );
});

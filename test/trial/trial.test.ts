import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hyperparameters } from '../../src/learning/hyperparameters.js';
import { ppoSettings } from '../../src/learning/residual-ppo.js';
import { BasePolicy } from '../../src/policy/base-policy.js';
import { cloneInto, cloningOf } from '../../src/trial/clone.js';
import { filteredCloning } from '../../src/trial/filtered-bc-method.js';
import type { MethodContext } from '../../src/trial/method.js';
import {
  createMethod,
  prepareGround,
  train,
  type MethodSpec,
  type TrialPoint,
} from '../../src/trial/trial.js';
import { scratchFolder } from '../config/scratch-folder.js';

const small = { hidden_size: 16, num_q: 2, batch_size: 16, warmup_steps: 60, critic_warmup_updates: 10 };
const evaluate = { every: 50, episodes: 1 };

/** What does not depend on the machine. */
type Outcome = Omit<TrialPoint, 'seconds'>;

test('a trial follows from its seed, whatever the method, and is evaluated between episodes', async (t) => {
  const folder = scratchFolder(t);
  const ground = await prepareGround({ task: 'lift', seed: 7, demos: 2, randomise: false });
  const { task } = ground.world;
  const cloning = cloningOf(task, 7, { iterations: 20 });
  await cloneInto(folder, task, ground.demos, cloning, 1);
  const policy = await BasePolicy.load(folder);
  const points = async (spec: MethodSpec, pay?: MethodContext['pay']): Promise<Outcome[]> => {
    const method = await createMethod(ground, policy, spec, { threads: 1, folder, pay });
    const taken: Outcome[] = [];
    const onPoint = ({ seconds, ...point }: TrialPoint): void => {
      assert.ok(seconds > 0);
      taken.push(point);
    };
    await train(ground, method, { steps: 130, evaluate }, { onPoint });
    await method.dispose();
    return taken;
  };
  const methods: MethodSpec[] = [
    { kind: 'residual', learner: hyperparameters(small) },
    { kind: 'rlpd', learner: hyperparameters({ ...small, action_scale: 1 }) },
    {
      kind: 'ppo',
      learner: ppoSettings({ hidden_size: 16, rollout_steps: 60, minibatch_size: 30, epochs: 1 }),
    },
    { kind: 'filtered_bc', learner: filteredCloning({ clone_period: 100 }), cloning },
  ];
  for (const spec of methods) {
    const [first, second] = [await points(spec), await points(spec)];
    assert.deepEqual(second, first, spec.kind);
    assert.deepEqual(
      first.map(({ at }) => at),
      [50, 100, 130],
      spec.kind,
    );
    assert.ok(first.every(({ steps, at }) => steps >= at));
  }
  const pay = { returns: [0, 1], pay: () => Promise.resolve({ reward: [] }) } as const;
  await assert.rejects(points(methods[2], pay), /ppo: learns from success alone/);
  await policy.dispose();
  ground.world.dispose();
});

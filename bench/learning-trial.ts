/**
 * Demonstrations, cloning and residual learning in one process, without ROS: the same pure code as the nodes', for experiments
 * on settings. Usage: node dist/bench/learning-trial.js --task lift --seed 0 --steps 20000 [--set name=value ...] [--clone name=value ...]
 * Prints one JSON line per evaluation. Evaluation seeds begin at 50000. With --final N the base and the last residual are
 * evaluated on N held-out seeds from 10000 on, which are used for nothing else. Demonstrations and training: demoSeeds(seed).
 * With --keep DIR the base and the last residual stay there, for `graft evaluate --run DIR`. With --base DIR the base policy in that
 * folder is used, which was cloned from the same demonstrations (same task, seed, --demos and --randomise) and evaluated at the end
 * of the trial that cloned it. With --reward FILE the reward file's critics and mixer pay the learner, success alone otherwise; the
 * evaluations count successes in any case. --threads are for cloning. With --randomise the task's randomisation is applied to all episodes.
 */
import { parseArgs } from 'node:util';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFolder } from '../src/cli/run-folder.js';
import { demoSeeds, heldOutSeed } from '../src/cli/seeds.js';
import { createRandom, type Random } from '../src/engine/index.js';
import {
  cloneBehaviour,
  defaultCloning,
  defaultImageCloning,
  writePolicy,
  type CloningSettings,
} from '../src/learning/behaviour-cloning.js';
import type { EpisodeData } from '../src/learning/episode.js';
import { withBaseActions } from '../src/learning/experience.js';
import { hyperparameters, type Hyperparameters } from '../src/learning/hyperparameters.js';
import type { Paid } from '../src/learning/replay.js';
import { ResidualLearner, type PolicySnapshot } from '../src/learning/residual-learner.js';
import { BasePolicy } from '../src/policy/base-policy.js';
import { combine, exploringResidual, uniformNoise } from '../src/policy/combination.js';
import { manifestActionRange } from '../src/policy/manifest.js';
import { ResidualActor } from '../src/policy/residual-actor.js';
import { residualInput } from '../src/policy/residual-input.js';
import type { Observed } from '../src/robot/image-spec.js';
import { denormaliseAction, normaliseAction } from '../src/robot/normalisation.js';
import { observationNames } from '../src/robot/observation-spec.js';
import { TaskJudge, type Verdict } from '../src/sim/expression/judge.js';
import { rollout, type RolloutInputs } from '../src/sim/rollout.js';
import { findTask } from '../src/sim/task.js';
import { World } from '../src/sim/world.js';
import { WorldObserver } from '../src/sim/world-observer.js';
import { createAgent, type Proposal } from '../src/worlds/agent.js';
import type { Signs } from '../src/reward/judgement.js';
import { TrialReward } from './trial-reward.js';

type Propose = (inputs: RolloutInputs, observed: Observed) => Promise<Proposal>;

const evaluationSeed = 50000;

/** What the task's own sensors say of each moment of the episodes that may be paid. */
const sensed = new WeakMap<EpisodeData, readonly Signs[]>();

async function episode(
  world: World,
  seed: number,
  propose: Propose,
  onStep: () => Promise<void> = () => Promise.resolve(),
): Promise<EpisodeData> {
  const proposals: Proposal[] = [];
  const signs: Signs[] = [];
  const judge = TaskJudge.compile(world.task, world.names);
  const sense = ({ outcome, quantities, stage }: Verdict): void => {
    const values = Object.fromEntries(judge.names.map((name, i) => [name, quantities[i]]));
    signs.push({
      success: outcome === 'success',
      failure: outcome === 'failure',
      values: { ...values, stage },
    });
  };
  const { success, terminated } = await rollout({
    ...{ world, judge, seed, randomise: options.randomise },
    onReset: sense,
    onStep: (verdict) => {
      sense(verdict);
      return onStep();
    },
    act: async (inputs) => {
      const proposal = await propose(inputs, observer.observe(inputs));
      proposals.push(proposal);
      return proposal.executed;
    },
  });
  const data = {
    id: String(seed),
    observation: proposals.map(({ observed }) => observed),
    base: proposals.map(({ base }) => base),
    chunk_step: proposals.map(({ chunk_step }) => chunk_step),
    features: proposals.map(({ features }) => features),
    executed: proposals.slice(0, -1).map(({ executed }) => executed),
    success,
    terminated,
  };
  sensed.set(data, signs);
  return data;
}

async function demonstrations(world: World, count: number, firstSeed: number): Promise<EpisodeData[]> {
  const expert = await createAgent(world.task, { kind: 'expert', noise: true });
  const demos: EpisodeData[] = [];
  for (let seed = firstSeed; demos.length < count; seed++) {
    expert.reset(seed);
    const demo = await episode(world, seed, (inputs, observed) => expert.propose(inputs, observed));
    if (demo.success) demos.push(demo);
  }
  await expert.dispose();
  return demos;
}

/** The acting side, as the node residual_policy does it. */
function acting(
  policy: BasePolicy,
  actor: () => ResidualActor | undefined,
  snapshot: () => PolicySnapshot | undefined,
  random: Random | undefined,
): Propose {
  const range = manifestActionRange(policy.manifest);
  return async (_inputs, observed) => {
    const { values, chunk_step, features } = await policy.act(observed);
    const base = normaliseAction(values, range);
    const now = snapshot();
    const network = actor();
    let residual = new Float32Array(base.length);
    if (now?.mode === 'warmup' && random !== undefined)
      residual = uniformNoise(base.length, now.noise, random) as typeof residual;
    else if (now?.mode === 'policy' && network !== undefined) {
      const direction = await network.direction(
        residualInput(observed, features, policy.manifest, now.view),
        base,
        chunk_step / policy.manifest.action.execute,
      );
      residual = exploringResidual(
        direction,
        now.action_scale,
        random === undefined ? 0 : now.noise,
        random ?? createRandom(0),
      ) as typeof residual;
    }
    const executed = denormaliseAction(combine(base, residual), range);
    return { observed, base: values, chunk_step, features, executed };
  };
}

async function evaluate(
  world: World,
  policy: BasePolicy,
  propose: Propose,
  episodes: number,
  firstSeed = evaluationSeed,
): Promise<number> {
  let successes = 0;
  for (let i = 0; i < episodes; i++) {
    policy.reset();
    const { success } = await episode(world, firstSeed + i, propose);
    successes += success ? 1 : 0;
  }
  return successes;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function assignments(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.split('=')[0], JSON.parse(pair.split('=')[1]) as unknown]),
  );
}

/** Clones the demonstrations into a folder. @returns the last loss */
async function clone(folder: string): Promise<number> {
  const defaults = task.images.length === 0 ? defaultCloning : defaultImageCloning;
  const settings: CloningSettings = { ...defaults, seed, ...assignments(options.clone) };
  const spec = {
    observation_names: observationNames(task.observation),
    joints: task.action_joints,
    control_rate_hz: task.control_rate_hz,
    images: task.images,
  };
  const compute = { threads: Number(options.threads) };
  const { manifest, onnx, loss } = await cloneBehaviour(demos, spec, settings, undefined, compute);
  writePolicy(folder, manifest, onnx);
  return loss;
}

const { values: options } = parseArgs({
  options: {
    task: { type: 'string', default: 'lift' },
    seed: { type: 'string', default: '0' },
    steps: { type: 'string', default: '20000' },
    demos: { type: 'string', default: '50' },
    episodes: { type: 'string', default: '100' },
    every: { type: 'string', default: '2500' },
    set: { type: 'string', multiple: true, default: [] },
    clone: { type: 'string', multiple: true, default: [] },
    final: { type: 'string', default: '0' },
    keep: { type: 'string' },
    base: { type: 'string' },
    reward: { type: 'string' },
    threads: { type: 'string', default: '1' },
    randomise: { type: 'boolean', default: false },
    name: { type: 'string', default: 'trial' },
  },
});
const task = findTask(options.task);
const seed = Number(options.seed);
const total = Number(options.steps);
const print = (record: Record<string, unknown>): void =>
  console.log(JSON.stringify({ name: options.name, task: task.name, seed, ...record }));

const world = await World.create(task);
const observer = new WorldObserver(world);
const seeds = demoSeeds(seed);
const demos = await demonstrations(world, Number(options.demos), seeds.demos);
const kept = runFolder(options.keep ?? mkdtempSync(join(tmpdir(), 'graft-trial-')));
const loss = options.base === undefined ? await clone(kept.base) : undefined;
const policy = await BasePolicy.load(options.base ?? kept.base);
const { manifest } = policy;
const episodes = Number(options.episodes);
const alone = acting(
  policy,
  () => undefined,
  () => undefined,
  undefined,
);
const base = await evaluate(world, policy, alone, episodes);
print({ steps: 0, successes: base, episodes, cloning_loss: loss });
if (total === 0) process.exit(0);

const hyper: Hyperparameters = hyperparameters(assignments(options.set));
const reward =
  options.reward === undefined ? undefined : await TrialReward.create(options.reward, hyper.gamma);
const base_sha256 = policy.file.sha256;
const learner = await ResidualLearner.create({
  manifest,
  base_sha256,
  hyper,
  seed,
  returns: reward?.returns,
});
const paid = (data: EpisodeData): Promise<Paid> | undefined =>
  reward?.pay(data, sensed.get(data) ?? [], learner.steps);
for (const demo of demos) learner.addDemo(await withBaseActions(demo, policy), await paid(demo));
let snapshot = await learner.snapshot();
const actor = await ResidualActor.ofWeights(manifest, snapshot.view, snapshot.weights);
const explore = acting(
  policy,
  () => actor,
  () => snapshot,
  createRandom(seed + 17),
);
const greedy = acting(
  policy,
  () => actor,
  () => snapshot,
  undefined,
);

let nextEvaluation = Number(options.every);
let evaluating = 0;
let trainingSeconds = 0;
const started = performance.now();
const recent: boolean[] = [];
const claimed: number[] = [];
for (let index = 0; learner.steps < total; index++) {
  policy.reset();
  const rollout = await episode(world, seeds.training + index, explore, async () => {
    learner.countSteps(1);
    while (learner.isBehind) {
      await learner.update();
      if (learner.updates % hyper.publish_period === 0) {
        snapshot = await learner.snapshot();
        actor.setWeights(snapshot.weights);
      }
    }
  });
  learner.addRollout(rollout, await paid(rollout));
  claimed.push(reward?.state.claimed ?? 0);
  recent.push(rollout.success);
  trainingSeconds = (performance.now() - started - evaluating) / 1000;
  if (learner.steps < nextEvaluation) continue;
  nextEvaluation += Number(options.every);
  const begin = performance.now();
  const successes = await evaluate(world, policy, greedy, episodes);
  evaluating += performance.now() - begin;
  const window = recent.slice(-50);
  const train = window.filter(Boolean).length / window.length;
  print({
    steps: learner.steps,
    updates: learner.updates,
    successes,
    episodes,
    train,
    seconds: trainingSeconds,
    ...(reward === undefined ? {} : { ...reward.state, claimed: mean(claimed.slice(-50)) }),
    ...learner.metrics,
  });
}
if (options.keep !== undefined) {
  await learner.save(kept.checkpoint);
  if (options.base !== undefined) cpSync(options.base, kept.base, { recursive: true });
}
const last = Number(options.final);
if (last > 0) {
  const count = (propose: Propose): Promise<number> => evaluate(world, policy, propose, last, heldOutSeed);
  const counts = {
    ...(options.base === undefined ? { base: await count(alone) } : {}),
    residual: await count(greedy),
  };
  print({ final: true, steps: learner.steps, seconds: trainingSeconds, episodes: last, ...counts });
}
process.exit(0);

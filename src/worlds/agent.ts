/** What controls a robot in an episode without ROS: the expert, the frozen base, or the base with its residual. */
import { loadCheckpoint } from '../learning/checkpoint.js';
import { residualInput } from '../learning/experience.js';
import { BasePolicy } from '../policy/base-policy.js';
import { combine } from '../policy/combination.js';
import { checkPolicyFitsTask, manifestActionRange } from '../policy/manifest.js';
import { actorWeights, ResidualActor } from '../policy/residual-actor.js';
import { denormaliseAction, normaliseAction } from '../robot/normalisation.js';
import { buildObservation } from '../robot/observation-spec.js';
import { Expert } from '../sim/expert/expert.js';
import type { RolloutInputs } from '../sim/rollout.js';
import { policyTask, type Task } from '../sim/task.js';

/** Which agent; paths of folders. Plain data, so that it can be sent to a worker thread. */
export type AgentSpec =
  | { readonly kind: 'expert'; readonly noise: boolean }
  | { readonly kind: 'base'; readonly policy: string }
  | { readonly kind: 'residual'; readonly policy: string; readonly checkpoint: string };

/** One answer: the observation it was given for, and joint targets [rad] per action joint. */
export type Proposal = {
  readonly state: Float32Array;
  readonly base: Float32Array;
  readonly chunk_step: number;
  readonly executed: Float32Array;
};

export type Agent = {
  /** Begins an episode. */
  reset(seed: number): void;
  propose(inputs: RolloutInputs): Promise<Proposal>;
  dispose(): Promise<void>;
};

/** @throws ConfigError if the policy, the checkpoint or the task's demonstrator is missing or does not fit */
export async function createAgent(task: Task, spec: AgentSpec): Promise<Agent> {
  if (spec.kind === 'expert') return expertAgent(task, await Expert.create(task, { noise: spec.noise }));
  const policy = await BasePolicy.load(spec.policy);
  checkPolicyFitsTask(policy.file, policyTask(task));
  const residual = spec.kind === 'residual' ? await loadResidual(policy, spec.checkpoint) : undefined;
  return policyAgent(task, policy, residual);
}

function expertAgent(task: Task, expert: Expert): Agent {
  return {
    reset: (seed) => expert.reset(seed),
    propose: (inputs) => {
      const state = buildObservation(task.observation, inputs);
      const executed = Float32Array.from(expert.act(inputs.joints, inputs.frames));
      return Promise.resolve({ state, base: executed, chunk_step: 0, executed });
    },
    dispose: () => Promise.resolve(expert.dispose()),
  };
}

/** A learned residual without exploration, in normalised units. */
type Residual = { readonly actor: ResidualActor; readonly scale: number };

async function loadResidual(policy: BasePolicy, folder: string): Promise<Residual> {
  const { tensors, base_sha256, settings } = loadCheckpoint(folder);
  if (base_sha256 !== policy.file.sha256)
    throw new Error(`${folder} belongs to base policy ${base_sha256}, this one is ${policy.file.sha256}`);
  const actor = await ResidualActor.ofWeights(policy.manifest, actorWeights(tensors));
  return { actor, scale: Number(settings.action_scale) };
}

function policyAgent(task: Task, policy: BasePolicy, residual: Residual | undefined): Agent {
  const range = manifestActionRange(policy.manifest);
  const ordered = (values: Float32Array): Float32Array => inTaskOrder(task, policy, values);
  return {
    reset: () => policy.reset(),
    propose: async (inputs) => {
      const state = buildObservation(task.observation, inputs);
      const { values, chunk_step } = await policy.act(state);
      if (residual === undefined)
        return { state, base: ordered(values), chunk_step, executed: ordered(values) };
      const base = normaliseAction(values, range);
      const place = chunk_step / policy.manifest.action.execute;
      const input = residualInput(state, policy.manifest);
      const direction = await residual.actor.direction(input, base, place);
      const correction = direction.map((value) => residual.scale * value);
      const executed = denormaliseAction(combine(base, correction), range);
      return { state, base: ordered(values), chunk_step, executed: ordered(executed) };
    },
    dispose: async () => {
      await residual?.actor.dispose();
      await policy.dispose();
    },
  };
}

/** A policy may name the joints in another order than the task. */
function inTaskOrder(task: Task, { manifest }: BasePolicy, values: Float32Array): Float32Array {
  const { joints } = manifest.action;
  return Float32Array.from(task.action_joints, (name) => values[joints.indexOf(name)]);
}

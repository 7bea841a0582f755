/** What controls a robot in an episode without ROS: the expert, also cut short, the frozen base, or the base with its residual. */
import { checkpointPolicy, loadCheckpoint } from '../learning/checkpoint.js';
import { BasePolicy } from '../policy/base-policy.js';
import { combine } from '../policy/combination.js';
import { checkPolicyFitsTask, manifestActionRange } from '../policy/manifest.js';
import { GatedResidual, type GateSettings } from '../policy/gated-residual.js';
import { residualInput, residualView, type ResidualView } from '../policy/residual-input.js';
import { denormaliseAction, normaliseAction } from '../robot/normalisation.js';
import type { Observed } from '../robot/image-spec.js';
import { Expert } from '../sim/expert/expert.js';
import type { RolloutInputs } from '../sim/rollout.js';
import { policyTask, type Task } from '../sim/task.js';
import { nearMiss } from './near-miss.js';

/** Which agent; paths of folders. Plain data, so that it can be sent to a worker thread. */
export type AgentSpec =
  /** `noise_scale`: factor on the deviations of the task's noise, 1 unless given */
  | { readonly kind: 'expert'; readonly noise: boolean; readonly noise_scale?: number }
  /** the expert with noise, which stops short of success: it keeps still, or goes back the way it came */
  | { readonly kind: 'near_miss'; readonly then: 'hold' | 'rewind' }
  | { readonly kind: 'base'; readonly policy: string }
  | { readonly kind: 'residual'; readonly policy: string; readonly checkpoint: string };

/** One answer: the observation it was given for, and joint targets [rad] per action joint. */
export type Proposal = {
  readonly observed: Observed;
  readonly base: Float32Array;
  readonly chunk_step: number;
  /** What the base policy's encoder saw; empty if it gives none, and for the expert. */
  readonly features: Float32Array;
  readonly executed: Float32Array;
};

/** How an episode that is not kept went. */
export type Rehearsal = { readonly steps: number; readonly success: boolean };

export type Agent = {
  /** Where there is one, called before an episode that is kept, to try the same seed out as often as need be. */
  readonly rehearse?: (seed: number, tryOut: () => Promise<Rehearsal>) => Promise<void>;
  /** Begins an episode. */
  reset(seed: number): void;
  propose(inputs: RolloutInputs, observed: Observed): Promise<Proposal>;
  dispose(): Promise<void>;
};

/** Whether the agent looks at images; the expert knows the poses. */
export function seesImages({ kind }: AgentSpec): boolean {
  return kind === 'base' || kind === 'residual';
}

/** @throws ConfigError if the policy, the checkpoint or the task's demonstrator is missing or does not fit */
export async function createAgent(task: Task, spec: AgentSpec): Promise<Agent> {
  if (spec.kind === 'expert') return expertAgent(await Expert.create(task, spec));
  if (spec.kind === 'near_miss')
    return nearMiss(expertAgent(await Expert.create(task, { noise: true })), spec.then);
  const policy = await BasePolicy.load(spec.policy);
  checkPolicyFitsTask(policy.file, policyTask(task));
  const residual = spec.kind === 'residual' ? await loadResidual(policy, spec.checkpoint) : undefined;
  if (residual === undefined) return policyAgent(task, policy);
  const { gated, settings, view } = residual;
  const agent = policyAgent(task, policy, async ({ observed, features, base, place }) => {
    const input = residualInput(observed, features, policy.manifest, view);
    const { direction } = await gated.act(input, base, place, settings);
    return direction.map((value) => settings.action_scale * value);
  });
  const dispose = async (): Promise<void> => {
    await gated.dispose();
    await agent.dispose();
  };
  return { ...agent, dispose };
}

function expertAgent(expert: Expert): Agent {
  return {
    reset: (seed) => expert.reset(seed),
    propose: (inputs, observed) => {
      const executed = Float32Array.from(expert.act(inputs.joints, inputs.frames));
      const features = new Float32Array();
      return Promise.resolve({ observed, base: executed, chunk_step: 0, features, executed });
    },
    dispose: () => Promise.resolve(expert.dispose()),
  };
}

/** A step as a residual sees it: the base action is normalised, its place in the chunk in [0, 1). */
export type BaseStep = {
  readonly observed: Observed;
  readonly features: Float32Array;
  readonly base: Float32Array;
  readonly place: number;
};

/** What is added to the base action of a step, normalised. */
export type Correction = (step: BaseStep) => Promise<Float32Array>;

/** A learned residual without exploration, in normalised units. */
type Residual = {
  readonly gated: GatedResidual;
  readonly settings: GateSettings;
  readonly view: ResidualView;
};

async function loadResidual(policy: BasePolicy, folder: string): Promise<Residual> {
  const checkpoint = loadCheckpoint(folder);
  const { base_sha256 } = checkpoint;
  if (base_sha256 !== policy.file.sha256)
    throw new Error(`${folder} belongs to base policy ${base_sha256}, this one is ${policy.file.sha256}`);
  const { weights, view: setting, ...settings } = checkpointPolicy(checkpoint);
  const view = residualView(setting, policy.manifest);
  return { gated: await GatedResidual.ofWeights(policy.manifest, view, weights), settings, view };
}

/** What an agent needs of its base policy. */
export type Proposer = Pick<BasePolicy, 'manifest' | 'reset' | 'act' | 'dispose'>;

/** The agent that acts as a policy does, with what `correct` adds to it; its end is the policy's as well. */
export function policyAgent(task: Task, policy: Proposer, correct?: Correction): Agent {
  const range = manifestActionRange(policy.manifest);
  const ordered = (values: Float32Array): Float32Array => inTaskOrder(task, policy, values);
  return {
    reset: () => policy.reset(),
    propose: async (_inputs, observed) => {
      const { values, chunk_step, features } = await policy.act(observed);
      if (correct === undefined)
        return { observed, base: ordered(values), chunk_step, features, executed: ordered(values) };
      const base = normaliseAction(values, range);
      const place = chunk_step / policy.manifest.action.execute;
      const correction = await correct({ observed, features, base, place });
      const executed = denormaliseAction(combine(base, correction), range);
      return { observed, base: ordered(values), chunk_step, features, executed: ordered(executed) };
    },
    dispose: () => policy.dispose(),
  };
}

/** A policy may name the joints in another order than the task. */
function inTaskOrder(task: Task, { manifest }: Proposer, values: Float32Array): Float32Array {
  const { joints } = manifest.action;
  return Float32Array.from(task.action_joints, (name) => values[joints.indexOf(name)]);
}

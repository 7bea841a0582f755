/**
 * An on-policy residual, as programs for the engine: the baseline that off-policy learning is compared with.
 * Sources: clipped objective: PPO (arXiv 1707.06347, eq. 7); a bounded Gaussian residual on a frozen base, its mean zero at first:
 * ResiP (arXiv 2407.16677).
 * Units: actions normalised to [-1, 1]; residuals and their standard deviation in units of `action_scale`.
 */
import { checked } from '../config/yaml-file.js';
import {
  adamwInitial,
  adamwSignature,
  adamwUpdate,
  mlpForward,
  mlpInitial,
  mlpSignature,
  tf,
  type MlpShape,
  type Random,
  type Signature,
  type Tensor,
  type Values,
} from '../engine/index.js';
import {
  actorSignature,
  initialActor,
  residualDirection,
  seenSize,
  type ActorShape,
} from '../policy/residual-actor.js';

/** Ranges, defaults and meanings are in schemas/ppo.schema.json. */
export type PpoSettings = {
  readonly view: 'auto' | 'state' | 'features';
  readonly action_scale: number;
  readonly hidden_size: number;
  readonly layer_norm: boolean;
  readonly rollout_steps: number;
  readonly value_rollouts: number;
  readonly epochs: number;
  readonly minibatch_size: number;
  readonly gamma: number;
  readonly gae_lambda: number;
  readonly clip: number;
  readonly target_kl: number;
  readonly entropy_weight: number;
  readonly initial_log_std: number;
  readonly actor_lr: number;
  readonly critic_lr: number;
  readonly max_grad_norm: number;
};

/** The schema's defaults with `changes` on top. @throws ConfigError for an unknown key or a value out of range. */
export function ppoSettings(changes: Partial<PpoSettings> = {}): PpoSettings {
  return checked<PpoSettings>({ ...changes }, 'ppo', 'ppo');
}

type Tensors = Record<string, Tensor>;

/** Sizes of the networks, which see no images, and the settings. */
export type PpoProblem = { readonly shape: ActorShape; readonly settings: PpoSettings };

/** Logarithm of the residual's standard deviation, the same in every state: [1, action_size]. */
export const logStdName = 'log_std';
const valuePrefix = 'value';

/** Standard deviations stay between exp(-4) and 1 of the residual's bound. */
const logStdRange = [-4, 0] as const;

function valueNetwork({ shape }: PpoProblem): MlpShape {
  const { action_size, hidden_size, layer_norm } = shape;
  const inputs = seenSize(shape) + action_size + 1;
  return { inputs, hidden: [hidden_size, hidden_size], outputs: 1, layerNorm: layer_norm };
}

function policySignature({ shape }: PpoProblem): Signature {
  return { ...actorSignature(shape), [logStdName]: { shape: [1, shape.action_size] } };
}

function valueSignature(problem: PpoProblem): Signature {
  return mlpSignature(valuePrefix, valueNetwork(problem));
}

/** Names and shapes of everything that is carried from update to update. */
export function ppoSignature(problem: PpoProblem): Signature {
  const [policy, value] = [policySignature(problem), valueSignature(problem)];
  return {
    ...policy,
    ...value,
    ...adamwSignature('policy_adam', policy),
    ...adamwSignature('value_adam', value),
  };
}

/** Initial state: a policy whose mean is the base policy, a random value network, moments zero. */
export function ppoInitial(problem: PpoProblem, random: Random): Values {
  const { shape, settings } = problem;
  return {
    ...initialActor(shape, random),
    [logStdName]: new Float32Array(shape.action_size).fill(settings.initial_log_std),
    ...mlpInitial(valuePrefix, valueNetwork(problem), random),
    ...adamwInitial('policy_adam', policySignature(problem)),
    ...adamwInitial('value_adam', valueSignature(problem)),
  };
}

type ProgramName = 'policy' | 'value' | 'values';

/** A gradient step of the actor, one of the value network, and the values of states. */
export function ppoPrograms(problem: PpoProblem): Record<ProgramName, (tensors: Tensors) => Tensors> {
  return {
    policy: policyProgram(problem),
    value: valueProgram(problem),
    values: (t) => ({ values: valueOf(t, problem, t) }), // [minibatch_size, 1]
  };
}

/** What the programs are fed with, `minibatch_size` rows each. */
export function ppoFeeds({ shape, settings }: PpoProblem): Record<ProgramName, Signature> {
  const rows = (width: number): { shape: number[] } => ({ shape: [settings.minibatch_size, width] });
  const { input_size, action_size } = shape;
  const state = { input: rows(input_size), base: rows(action_size), place: rows(1) };
  return {
    policy: { ...state, drawn: rows(action_size), log_prob: rows(1), advantage: rows(1) },
    value: { ...state, value_target: rows(1) },
    values: state,
  };
}

/**
 * One gradient step of the actor up the clipped objective. `drawn` is the residual before it was bounded, `log_prob` its log
 * probability when it was drawn; `kl` estimates how far the policy has come from the one that drew (Schulman 2020, "k3").
 */
function policyProgram(problem: PpoProblem): (tensors: Tensors) => Tensors {
  const { settings } = problem;
  return (t) => {
    const logRatio = (params: Tensors): Tensor => tf.sub(logProb(params, problem, t), t.log_prob);
    const loss = (params: Tensors): Tensor => {
      const ratio = tf.exp(logRatio(params));
      const bounded = tf.clipByValue(ratio, 1 - settings.clip, 1 + settings.clip);
      const gain = tf.minimum(tf.mul(ratio, t.advantage), tf.mul(bounded, t.advantage));
      const entropy = tf.sum(boundedLogStds(params));
      return tf.neg(tf.add(tf.mean(gain), tf.mul(entropy, settings.entropy_weight)));
    };
    const params = pick(t, policySignature(problem));
    const step = adamwUpdate('policy_adam', params, loss, t, {
      learningRate: settings.actor_lr,
      maxGradNorm: settings.max_grad_norm,
    });
    const before = logRatio(params);
    const kl = tf.mean(tf.sub(tf.sub(tf.exp(before), 1), before));
    return { ...step.params, ...step.state, policy_loss: step.loss, kl };
  };
}

/** One gradient step of the value network down the squared error against `value_target`. */
function valueProgram(problem: PpoProblem): (tensors: Tensors) => Tensors {
  const { settings } = problem;
  return (t) => {
    const loss = (params: Tensors): Tensor =>
      tf.mean(tf.square(tf.sub(valueOf(params, problem, t), t.value_target)));
    const step = adamwUpdate('value_adam', pick(t, valueSignature(problem)), loss, t, {
      learningRate: settings.critic_lr,
      maxGradNorm: settings.max_grad_norm,
    });
    return { ...step.params, ...step.state, value_loss: step.loss };
  };
}

/**
 * The log probability of a residual under a Gaussian.
 * @param drawn before it was bounded; @param mean both in units of `action_scale`
 * @param log_std as it is stored, so that it is bounded here
 */
export function gaussianLogProb(drawn: Float32Array, mean: Float32Array, log_std: Float32Array): number {
  return drawn.reduce((sum, value, i) => {
    const logStd = boundedLogStd(log_std[i]);
    const z = (value - mean[i]) / Math.exp(logStd);
    return sum - 0.5 * z * z - logStd - halfLogTwoPi;
  }, 0);
}

/** The logarithm of the standard deviation that a stored value means. */
export function boundedLogStd(log_std: number): number {
  return Math.min(logStdRange[1], Math.max(logStdRange[0], log_std));
}

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/** [batch, 1] */
function logProb(params: Tensors, { shape }: PpoProblem, t: Tensors): Tensor {
  const mean = residualDirection(params, shape, t.input, t.base, t.place);
  const logStd = boundedLogStds(params);
  const z = tf.div(tf.sub(t.drawn, mean), tf.exp(logStd));
  const each = tf.sub(tf.mul(tf.square(z), -0.5), tf.add(logStd, halfLogTwoPi));
  return tf.sum(each, 1, true);
}

/** As `boundedLogStd`; beyond the range there is no gradient. */
function boundedLogStds(params: Tensors): Tensor {
  return tf.clipByValue(params[logStdName], ...logStdRange);
}

function valueOf(params: Tensors, problem: PpoProblem, t: Tensors): Tensor {
  return mlpForward(valuePrefix, valueNetwork(problem), params, tf.concat([t.input, t.base, t.place], 1));
}

function pick(tensors: Tensors, names: Signature): Tensors {
  return Object.fromEntries(Object.keys(names).map((name) => [name, tensors[name]]));
}

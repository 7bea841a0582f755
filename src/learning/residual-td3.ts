/**
 * Residual TD3 with a critic ensemble, as programs for the engine.
 * Sources: residual on a frozen base, zero-initialised actor, executed action in the replay: ResFiT (arXiv 2509.19301);
 * target noise, delayed actor: TD3 (arXiv 1802.09477); ensemble with a random subset's minimum: REDQ (arXiv 2101.05982);
 * layer norm, and demonstrations in a share of each batch: RLPD (arXiv 2302.02948).
 * One image encoder serves actor and critics and learns from the critics' loss alone, as in DrQ-v2 (arXiv 2107.09645).
 * Units: actions normalised to [-1, 1]; residuals in units of `action_scale`.
 */
import {
  adamwInitial,
  adamwSignature,
  adamwUpdate,
  compileSteps,
  lerp,
  mlpInitial,
  tf,
  type CompileOptions,
  type Random,
  type Signature,
  type Stepper,
  type Tensor,
  type Values,
} from '../engine/index.js';
import {
  actorPrefix,
  actorSignature,
  initialActor,
  initialTrunk,
  residualDirection,
  seenSize,
  targetActorPrefix,
  type ActorShape,
} from '../policy/residual-actor.js';
import { encoderSignature, imageFeeds, withImages } from '../policy/image-encoder.js';
import {
  criticNetwork,
  criticPrefix,
  criticSignature,
  criticValues,
  executable,
  type CriticShape,
} from '../policy/residual-critic.js';
import type { Hyperparameters } from './hyperparameters.js';

const targetCriticPrefix = 'target_critic';

export type Td3Settings = {
  readonly shape: ActorShape;
  readonly hyper: Hyperparameters;
  /** least and greatest return that the reward allows; by default those of success alone, 0 and 1 */
  readonly returns?: Returns | undefined;
};

/** Least and greatest discounted return. */
export type Returns = readonly [low: number, high: number];

/** Those of a reward of 1 for success. */
const successReturns: Returns = [0, 1];

type Tensors = Record<string, Tensor>;

/** The critics' sizes. */
const criticsOf = ({ shape, hyper }: Td3Settings): CriticShape => ({ ...shape, num_q: hyper.num_q });

/** Names and shapes of everything a learner carries from update to update. */
export function td3Signature(settings: Td3Settings): Signature {
  const actor = actorSignature(settings.shape);
  const critic = criticSignature(criticsOf(settings));
  const encoder = encoderSignature(settings.shape.encoders);
  return {
    ...encoder,
    ...actor,
    ...critic,
    ...renamed(actor, actorPrefix, targetActorPrefix),
    ...renamed(critic, criticPrefix, targetCriticPrefix),
    ...adamwSignature('actor_adam', actor),
    ...adamwSignature('critic_adam', { ...encoder, ...critic }),
  };
}

/** Initial state: random critics, an actor whose residual is zero, targets equal to them, moments zero. */
export function td3Initial(settings: Td3Settings, random: Random): Values {
  const actor = initialActor(settings.shape, random);
  const critic = mlpInitial(criticPrefix, criticNetwork(criticsOf(settings)), random);
  const encoder = initialTrunk(settings.shape, random);
  return {
    ...encoder,
    ...actor,
    ...critic,
    ...renamed(actor, actorPrefix, targetActorPrefix),
    ...renamed(critic, criticPrefix, targetCriticPrefix),
    ...adamwInitial('actor_adam', actorSignature(settings.shape)),
    ...adamwInitial('critic_adam', trainedByCritic(settings)),
  };
}

/** What the critics' loss improves: the critics and the encoders. */
function trainedByCritic(settings: Td3Settings): Signature {
  const encoder = encoderSignature(settings.shape.encoders);
  return { ...encoder, ...criticSignature(criticsOf(settings)) };
}

/**
 * What the two programs are fed with. `subset` is 1 for the critics whose minimum is the target, else 0. The actor's `seen` is
 * what the critic's program gave for the same batch.
 */
export function td3Feeds({ shape, hyper }: Td3Settings): { critic: Signature; actor: Signature } {
  const rows = (width: number): { shape: number[] } => ({ shape: [hyper.batch_size, width] });
  const { input_size, action_size, encoders } = shape;
  const here = { base: rows(action_size), place: rows(1) };
  const state = { input: rows(input_size), ...here, ...imageFeeds(encoders, hyper.batch_size) };
  const next = {
    ...{ next_input: rows(input_size), next_base: rows(action_size), next_place: rows(1) },
    ...imageFeeds(encoders, hyper.batch_size, 'next_image'),
  };
  const outcome = { action: rows(action_size), reward: rows(1), discount: rows(1) };
  const draws = { target_noise: rows(action_size), subset: { shape: [hyper.num_q, 1, 1] } };
  return {
    critic: { ...state, ...next, ...outcome, ...draws },
    actor: { ...here, seen: rows(seenSize(shape)) },
  };
}

/** Both programs with their initial state, ready to step. @param random draws the initial weights */
export function compileTd3(
  settings: Td3Settings,
  random: Random,
  options: CompileOptions = {},
): Promise<Stepper<'critic' | 'actor'>> {
  const programs = { critic: criticProgram(settings), actor: actorProgram(settings) };
  const initial = td3Initial(settings, random);
  return compileSteps(programs, td3Signature(settings), td3Feeds(settings), initial, options);
}

/**
 * One critic update: targets, loss, gradient clipping, AdamW, Polyak average of the target critics.
 * y = reward + discount * min over the subset of Q'(s', a' + noise); loss = mean over heads and batch of (Q - y)^2.
 */
export function criticProgram(settings: Td3Settings): (tensors: Tensors) => Tensors {
  const { hyper, shape } = settings;
  const critics = criticsOf(settings);
  const trained = trainedByCritic(settings);
  return (t) => {
    const target = criticTarget(t, settings);
    const residual = tf.div(tf.sub(t.action, t.base), hyper.action_scale);
    // What is seen goes out to the actor: kept, since what a gradient's function makes is thrown away after it.
    let seen = t.input;
    const loss = (params: Tensors): Tensor => {
      seen = tf.keep(withImages(params, shape.encoders, t.input, t));
      const q = criticValues(params, critics, { seen, base: t.base, place: t.place }, residual);
      return tf.mean(tf.square(tf.sub(q, tf.expandDims(target, 0))));
    };
    const step = adamwUpdate('critic_adam', pick(t, trained), loss, t, {
      learningRate: hyper.critic_lr,
      weightDecay: hyper.weight_decay,
      maxGradNorm: hyper.max_grad_norm,
    });
    const improved = pick(step.params, criticSignature(critics));
    const targets = polyak(improved, t, criticPrefix, targetCriticPrefix, hyper.tau);
    return {
      seen,
      ...step.params,
      ...step.state,
      ...targets,
      critic_loss: step.loss,
      target_mean: tf.mean(target),
      grad_norm: step.gradNorm,
    };
  };
}

/** One actor update: up the mean of all critics, held back by the size of the residual; Polyak average of its target. */
export function actorProgram(settings: Td3Settings): (tensors: Tensors) => Tensors {
  const { hyper, shape } = settings;
  const critics = criticsOf(settings);
  const network = actorSignature(shape);
  return (t) => {
    const size = (params: Tensors): Tensor => residualDirection(params, shape, t.seen, t.base, t.place);
    const loss = (params: Tensors): Tensor => {
      const direction = size(params);
      const here = { seen: t.seen, base: t.base, place: t.place };
      const q = criticValues(t, critics, here, executable(direction, t.base, hyper.action_scale));
      return tf.sub(tf.mul(tf.mean(tf.square(direction)), hyper.residual_penalty), tf.mean(q));
    };
    const step = adamwUpdate('actor_adam', pick(t, network), loss, t, {
      learningRate: hyper.actor_lr,
      weightDecay: hyper.weight_decay,
      maxGradNorm: hyper.max_grad_norm,
    });
    const targets = polyak(step.params, t, actorPrefix, targetActorPrefix, hyper.tau);
    const residual_abs = tf.mean(tf.abs(size(pick(t, network))));
    return { ...step.params, ...step.state, ...targets, actor_loss: step.loss, residual_abs };
  };
}

/** [batch, 1] */
function criticTarget(t: Tensors, settings: Td3Settings): Tensor {
  const { hyper, shape, returns = successReturns } = settings;
  const seen = withImages(t, shape.encoders, t.next_input, t, 'next_image');
  const direction = residualDirection(t, shape, seen, t.next_base, t.next_place, targetActorPrefix);
  const noisy = tf.clipByValue(tf.add(direction, tf.div(t.target_noise, hyper.action_scale)), -1, 1);
  const residual = executable(noisy, t.next_base, hyper.action_scale);
  const next = { seen, base: t.next_base, place: t.next_place };
  const q = criticValues(t, criticsOf(settings), next, residual, targetCriticPrefix);
  const excluded = tf.mul(tf.sub(1, t.subset), 1e6);
  const bootstrap = tf.min(tf.add(q, excluded), 0);
  const bounded = hyper.clip_target ? tf.clipByValue(bootstrap, ...returns) : bootstrap;
  return tf.add(t.reward, tf.mul(t.discount, bounded));
}

function polyak(params: Tensors, t: Tensors, prefix: string, targetPrefix: string, tau: number): Tensors {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const targetName = name.replace(prefix, targetPrefix);
      return [targetName, lerp(t[targetName], value, tau)];
    }),
  );
}

function pick(tensors: Tensors, names: Signature): Tensors {
  return Object.fromEntries(Object.keys(names).map((name) => [name, tensors[name]]));
}

function renamed<T>(values: Readonly<Record<string, T>>, from: string, to: string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace(from, to), value]));
}

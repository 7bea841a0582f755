/** The residual learner without ROS: experience in, updates on demand, policies and checkpoints out. */
import { ConfigError } from '../config/config-error.js';
import {
  createRandom,
  PacedWork,
  type Random,
  type Stepper,
  type Turns,
  type Values,
} from '../engine/index.js';
import type { Manifest } from '../policy/manifest.js';
import { residualImages, residualView, type ResidualView } from '../policy/residual-input.js';
import { imageValues } from '../policy/image-encoder.js';
import { gatedSources, gatedWeights } from '../policy/gated-residual.js';
import { actorShape, type ActorShape } from '../policy/residual-actor.js';
import type { ActingMode } from '../policy/combination.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import type { EpisodeData } from './episode.js';
import { toReplayEpisode } from './experience.js';
import { actorIsDue, gateDeviations, updatesDue, type Hyperparameters } from './hyperparameters.js';
import { recompose } from './recompose.js';
import { emptyBatch, Replay, type Batch, type Paid, type ReplayHandle } from './replay.js';
import { compileTd3, td3Signature, type Returns } from './residual-td3.js';

/** How the robot should act now. */
export type PolicySnapshot = {
  readonly version: number;
  readonly mode: ActingMode;
  readonly view: ResidualView;
  readonly action_scale: number;
  readonly noise: number;
  /** standard deviations of the critics' opinions by which the residual must be better than none */
  readonly gate_deviations: number;
  /** the actor's and the encoders'; with a gate the critics' as well */
  readonly weights: Values;
};

export type UpdateMetrics = {
  readonly critic_loss: number;
  readonly target_mean: number;
  readonly grad_norm: number;
  readonly actor_loss: number;
  readonly residual_abs: number;
};

export type LearnerOptions = {
  readonly manifest: Manifest;
  readonly base_sha256: string;
  readonly hyper: Hyperparameters;
  readonly seed: number;
  /** least and greatest return; by default those of success alone */
  readonly returns?: Returns | undefined;
};

/**
 * Share of a checkpoint's steps that the bags must hold for a resume. A machine that lost its power may have lost the last
 * second of a bag, but not a whole one.
 */
const leastRecorded = 0.9;

export class ResidualLearner {
  readonly #demos: Replay;
  readonly #online: Replay;
  readonly #batch: Batch;
  readonly #sampling = new PacedWork();
  #steps = 0;
  #updates = 0;
  #version = 0;
  #metrics: UpdateMetrics = { critic_loss: 0, target_mean: 0, grad_norm: 0, actor_loss: 0, residual_abs: 0 };

  private constructor(
    private readonly options: LearnerOptions,
    readonly view: ResidualView,
    private readonly shape: ActorShape,
    private readonly stepper: Stepper<'critic' | 'actor'>,
    private random: Random,
  ) {
    const { input_size, action_size } = shape;
    const { replay_capacity, batch_size, random_shift, compress_frames } = options.hyper;
    const images = residualImages(options.manifest, view);
    const frames = { images, random_shift, compress_frames };
    this.#demos = new Replay(replay_capacity, input_size, action_size, frames);
    this.#online = new Replay(replay_capacity, input_size, action_size, frames);
    this.#batch = emptyBatch(batch_size, input_size, action_size, images);
  }

  /** A learner with random critics and a residual of zero. */
  static async create(options: LearnerOptions): Promise<ResidualLearner> {
    const { hyper, manifest } = options;
    if (hyper.num_min_q > hyper.num_q) {
      throw new ConfigError(
        'residual_learner',
        'num_min_q',
        `${hyper.num_min_q} is more than num_q ${hyper.num_q}`,
      );
    }
    const view = residualView(hyper.view, manifest);
    const shape = actorShape(manifest, view, hyper);
    const settings = { shape, hyper, returns: options.returns };
    const random = createRandom(options.seed);
    const { engine, device, threads } = hyper;
    const stepper = await compileTd3(settings, random, { engine, device, threads });
    return new ResidualLearner(options, view, shape, stepper, random);
  }

  /** Joints of the action, in the order of the base policy. */
  get joints(): readonly string[] {
    return this.options.manifest.action.joints;
  }

  /** Control steps learned from so far, whether or not their updates are done. */
  get steps(): number {
    return this.#steps;
  }

  get updates(): number {
    return this.#updates;
  }

  get metrics(): UpdateMetrics {
    return this.#metrics;
  }

  /** Memory that a transition takes, bytes; the observation that ends an episode takes as much once more. */
  get bytesPerTransition(): number {
    return (this.#online.rows > 0 ? this.#online : this.#demos).bytesPerRow;
  }

  /** Whether updates are owed for the steps taken so far. None can be made before there is an episode to learn from. */
  get isBehind(): boolean {
    const enough = this.#online.rows > 1 || this.#demos.rows > 1;
    return enough && this.#updates < updatesDue(this.#steps, this.options.hyper);
  }

  /** A demonstration, with the base actions along it. @param paid by default success alone */
  addDemo(episode: EpisodeData, paid?: Paid): void {
    this.#demos.add(toReplayEpisode(episode, this.options.manifest, this.view, paid));
  }

  /** @returns the episode's place, so that it can be paid again */
  addRollout(episode: EpisodeData, paid?: Paid): ReplayHandle {
    return this.#online.add(toReplayEpisode(episode, this.options.manifest, this.view, paid));
  }

  /** Pays a rollout's steps anew. @returns how many of them are still held */
  pay(rollout: ReplayHandle, paid: Paid): number {
    return this.#online.pay(rollout, paid);
  }

  /** Counts control steps that were executed, whose updates are now owed. */
  countSteps(steps: number): void {
    this.#steps += steps;
  }

  /**
   * One critic update, and the actor's where it is due.
   * @param turns who must not be slowed down by it
   * @throws Error if a loss stops being finite: nothing is published then
   */
  async update(turns?: Turns): Promise<UpdateMetrics> {
    const { hyper } = this.options;
    const feeds = await this.#sampling.do(() => this.#sample(), turns);
    const critic = await this.stepper.step('critic', feeds, turns);
    this.#updates++;
    let { actor_loss, residual_abs } = this.#metrics;
    if (actorIsDue(this.#updates, hyper)) {
      const { base, place } = this.#batch;
      const actor = await this.stepper.step('actor', { seen: critic.seen, base, place }, turns);
      [actor_loss, residual_abs] = [actor.actor_loss[0], actor.residual_abs[0]];
    }
    this.#metrics = {
      critic_loss: critic.critic_loss[0],
      target_mean: critic.target_mean[0],
      grad_norm: critic.grad_norm[0],
      actor_loss,
      residual_abs,
    };
    for (const [name, value] of Object.entries(this.#metrics)) {
      if (!Number.isFinite(value)) throw new Error(`${name} is ${value} at update ${this.#updates}`);
    }
    return this.#metrics;
  }

  /** The policy as it stands, under a new version. */
  async snapshot(): Promise<PolicySnapshot> {
    const { hyper } = this.options;
    const needed = gatedSources({ ...this.shape, num_q: hyper.gate ? hyper.num_q : 0 });
    const weights = gatedWeights(await this.stepper.read(needed), hyper.gate);
    const warm = this.#steps < hyper.warmup_steps;
    this.#version++;
    return {
      version: this.#version,
      mode: warm ? 'warmup' : 'policy',
      view: this.view,
      action_scale: hyper.action_scale,
      noise: warm ? hyper.warmup_noise : hyper.exploration_noise,
      gate_deviations: gateDeviations(this.#steps, hyper),
      weights,
    };
  }

  /** Writes weights, moments, counters and the state of the random generator. The replay is the bag. */
  async save(folder: string): Promise<void> {
    const tensors = await this.stepper.read();
    const progress = {
      steps: this.#steps,
      updates: this.#updates,
      version: this.#version,
      random: this.random.state(),
    };
    saveCheckpoint(folder, {
      tensors,
      progress,
      base_sha256: this.options.base_sha256,
      settings: { ...this.options.hyper, view: this.view },
    });
  }

  /**
   * Goes on from a checkpoint: weights, moments, counters. The replay has been filled from bags before.
   * @throws Error if it belongs to another base policy, a tensor is missing or has another size, or the replay lacks steps
   */
  restore(folder: string): void {
    const { tensors, progress, base_sha256, settings } = loadCheckpoint(folder);
    const { action_scale, layer_norm } = this.options.hyper;
    const view: unknown = settings.view ?? 'state';
    if (view !== this.view)
      throw new Error(`the checkpoint in ${folder} sees ${JSON.stringify(view)}, not ${this.view}`);
    if ((settings.layer_norm ?? true) !== layer_norm)
      throw new Error(`the checkpoint in ${folder} has layer_norm ${!layer_norm}, not ${layer_norm}`);
    if (settings.action_scale !== action_scale) {
      throw new Error(
        `the checkpoint in ${folder} has action_scale ${String(settings.action_scale)}, not ${action_scale}: its residual would be another one`,
      );
    }
    if (base_sha256 !== this.options.base_sha256) {
      throw new Error(
        `the checkpoint in ${folder} belongs to base policy ${base_sha256}, not to ${this.options.base_sha256}`,
      );
    }
    const names = Object.keys(td3Signature({ shape: this.shape, hyper: this.options.hyper }));
    const missing = names.filter((name) => !(name in tensors));
    if (missing.length > 0) throw new Error(`the checkpoint in ${folder} lacks ${missing.join(', ')}`);
    if (this.#steps < progress.steps * leastRecorded) {
      throw new Error(
        `the checkpoint in ${folder} has learned from ${progress.steps} steps, the bags hold ${this.#steps}: give all of them`,
      );
    }
    const random = createRandom(0, progress.random);
    this.stepper.write(tensors);
    this.random = random;
    this.#steps = Math.max(this.#steps, progress.steps);
    this.#updates = progress.updates;
    this.#version = progress.version;
  }

  dispose(): Promise<void> {
    return this.stepper.dispose();
  }

  /** A batch and the draws for it. */
  #sample(): Values {
    this.#fillBatch();
    return { ...criticFeeds(this.#batch), ...this.#draws() };
  }

  #fillBatch(): void {
    const { batch_size, demo_fraction, recompose_demos, action_scale, n_step, gamma } = this.options.hyper;
    const fraction = this.#online.rows < 2 ? 1 : this.#demos.rows < 2 ? 0 : demo_fraction;
    const demos = Math.round(batch_size * fraction);
    if (demos > 0) this.#demos.sample(this.#batch, 0, demos, n_step, gamma, this.random);
    if (recompose_demos) recompose(this.#batch, demos, this.shape.action_size, action_scale, this.random);
    if (demos < batch_size)
      this.#online.sample(this.#batch, demos, batch_size - demos, n_step, gamma, this.random);
  }

  /** Target noise and the subset of critics, drawn here because programs may not draw. */
  #draws(): Values {
    const { batch_size, num_q, num_min_q, target_noise: std, target_noise_clip: clip } = this.options.hyper;
    const target_noise = new Float32Array(batch_size * this.shape.action_size);
    for (let i = 0; i < target_noise.length; i++)
      target_noise[i] = Math.min(clip, Math.max(-clip, std * this.random.normal()));
    const subset = new Float32Array(num_q);
    for (let chosen = 0; chosen < num_min_q;) {
      const head = this.random.integer(num_q);
      if (subset[head] === 0) chosen++;
      subset[head] = 1;
    }
    return { target_noise, subset };
  }
}

function criticFeeds(batch: Batch): Values {
  const { images, next_images, ...numbers } = batch;
  return { ...numbers, ...imageValues(images), ...imageValues(next_images, 'next_image') };
}

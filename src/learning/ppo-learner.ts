/** The on-policy residual without ROS: whole episodes in, an update once a rollout is full, policies out. */
import { ConfigError } from '../config/config-error.js';
import { compileSteps, createRandom, type Random, type Stepper, type Values } from '../engine/index.js';
import type { Manifest } from '../policy/manifest.js';
import { gatedSignature } from '../policy/gated-residual.js';
import { actorShape, type ActorShape } from '../policy/residual-actor.js';
import { residualView, type ResidualView } from '../policy/residual-input.js';
import type { EpisodeData } from './episode.js';
import { toReplayEpisode } from './experience.js';
import { minibatches, policyFeeds, PpoRollout, stateFeeds, valueFeeds, type Draw } from './ppo-rollout.js';
import {
  boundedLogStd,
  gaussianLogProb,
  logStdName,
  ppoFeeds,
  ppoInitial,
  ppoPrograms,
  ppoSignature,
  type PpoSettings,
} from './residual-ppo.js';

export type PpoMetrics = {
  readonly policy_loss: number;
  readonly value_loss: number;
  /** of the last minibatch that the actor learned from */
  readonly kl: number;
  /** passes of the actor over the last rollout, the last perhaps not whole */
  readonly epochs: number;
  /** of the residual, in units of its bound, mean of the joints */
  readonly std: number;
};

export type PpoOptions = {
  readonly manifest: Manifest;
  readonly settings: PpoSettings;
  readonly seed: number;
  /** of one network call, 1 by default */
  readonly threads?: number;
};

export class PpoLearner {
  readonly #rollout = new PpoRollout();
  #updates = 0;
  #logStd: Float32Array;
  #metrics: PpoMetrics = { policy_loss: 0, value_loss: 0, kl: 0, epochs: 0, std: 0 };

  private constructor(
    private readonly options: PpoOptions,
    readonly view: ResidualView,
    private readonly shape: ActorShape,
    private readonly stepper: Stepper<'policy' | 'value' | 'values'>,
    private readonly random: Random,
  ) {
    this.#logStd = new Float32Array(shape.action_size).fill(options.settings.initial_log_std);
  }

  /** A learner whose mean is the base policy. @throws ConfigError if settings do not fit each other or the base policy */
  static async create(options: PpoOptions): Promise<PpoLearner> {
    const { manifest, settings, seed, threads = 1 } = options;
    const { minibatch_size, rollout_steps } = settings;
    if (minibatch_size > rollout_steps) {
      const problem = `${minibatch_size} is more than rollout_steps ${rollout_steps}`;
      throw new ConfigError('ppo', 'minibatch_size', problem);
    }
    const view = residualView(settings.view, manifest);
    if (view === 'images')
      throw new ConfigError(
        'ppo',
        'view',
        'is images for this base policy, and only numbers are learned from',
      );
    const problem = { shape: actorShape(manifest, view, settings), settings };
    const random = createRandom(seed);
    const stepper = await compileSteps(
      ppoPrograms(problem),
      ppoSignature(problem),
      ppoFeeds(problem),
      ppoInitial(problem, random),
      { threads },
    );
    return new PpoLearner(options, view, problem.shape, stepper, random);
  }

  get metrics(): PpoMetrics {
    return this.#metrics;
  }

  /** One a rollout. */
  get updates(): number {
    return this.#updates;
  }

  /** Draws a residual around its mean, both in units of `action_scale`; it is not bounded yet. */
  draw(mean: Float32Array, random: Random): Draw {
    const drawn = mean.map((value, i) => value + Math.exp(boundedLogStd(this.#logStd[i])) * random.normal());
    return { drawn, log_prob: gaussianLogProb(drawn, mean, this.#logStd) };
  }

  /** Takes an episode of the present policy, paid for success alone. @param draws one for each of its steps */
  addEpisode(episode: EpisodeData, draws: readonly Draw[]): void {
    this.#rollout.add(toReplayEpisode(episode, this.options.manifest, this.view), draws);
  }

  /** Whether the rollout is full. */
  get isDue(): boolean {
    return this.#rollout.length >= this.options.settings.rollout_steps;
  }

  /** Learns from the rollout and forgets it. @throws Error if a loss stops being finite */
  async update(): Promise<PpoMetrics> {
    const { settings } = this.options;
    const steps = this.#rollout.estimated(await this.#values(), settings);
    let { policy_loss, value_loss, kl } = this.#metrics;
    let [actorLearns, actorEpochs] = [this.#updates >= settings.value_rollouts, 0];
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      actorEpochs += actorLearns ? 1 : 0;
      for (const batch of minibatches(steps, settings.minibatch_size, this.random)) {
        value_loss = (await this.stepper.step('value', valueFeeds(batch))).value_loss[0];
        if (!actorLearns) continue;
        const outputs = await this.stepper.step('policy', policyFeeds(batch));
        [policy_loss, kl] = [outputs.policy_loss[0], outputs.kl[0]];
        actorLearns = kl <= settings.target_kl;
      }
    }
    this.#rollout.clear();
    this.#updates++;
    this.#logStd = (await this.stepper.read([logStdName]))[logStdName];
    const std = mean(Array.from(this.#logStd, (value) => Math.exp(boundedLogStd(value))));
    this.#metrics = { policy_loss, value_loss, kl, epochs: actorEpochs, std };
    for (const [name, value] of Object.entries(this.#metrics)) {
      if (!Number.isFinite(value)) throw new Error(`${name} is ${value} at update ${this.#updates}`);
    }
    return this.#metrics;
  }

  /** The actor's weights: its mean is the policy without exploration. */
  weights(): Promise<Values> {
    return this.stepper.read(Object.keys(gatedSignature({ ...this.shape, num_q: 0 })));
  }

  dispose(): Promise<void> {
    return this.stepper.dispose();
  }

  /** Values of the rollout's observations. Batches have a fixed size: the last is filled up with its first row. */
  async #values(): Promise<Float32Array> {
    const rows = this.#rollout.observations;
    const size = this.options.settings.minibatch_size;
    const values = new Float32Array(rows.length);
    for (let first = 0; first < rows.length; first += size) {
      const own = rows.slice(first, first + size);
      const filled = Array.from({ length: size }, (_, i) => own[i] ?? own[0]);
      const outputs = await this.stepper.step('values', stateFeeds(filled));
      values.set(outputs.values.subarray(0, own.length), first);
    }
    return values;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

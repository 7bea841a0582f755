/** Off-policy residual learning on a frozen base, or, as RLPD, from scratch. */
import type { Random } from '../engine/index.js';
import { withBaseActions } from '../learning/experience.js';
import type { Hyperparameters } from '../learning/hyperparameters.js';
import type { Paid } from '../learning/replay.js';
import { ResidualLearner, type PolicySnapshot } from '../learning/residual-learner.js';
import { exploringResidual, uniformNoise } from '../policy/combination.js';
import { GatedResidual, RecentShare } from '../policy/gated-residual.js';
import { residualInput } from '../policy/residual-input.js';
import { policyAgent, type Correction, type Proposer } from '../worlds/agent.js';
import { explorationRandom, type Method, type MethodContext } from './method.js';
import type { Actor, TrialEpisode } from './trial-world.js';

/**
 * The recipe of ResFiT (arXiv 2509.19301), as the nodes residual_learner and residual_policy run it.
 * @param base what the residual is added to; by default the trial's base policy
 * @throws ConfigError if the learner's settings do not fit the base policy
 */
export async function residualMethod(
  context: MethodContext,
  hyper: Hyperparameters,
  base: Proposer = context.policy,
): Promise<Method> {
  const { policy, seed, pay } = context;
  const learner = await ResidualLearner.create({
    manifest: base.manifest,
    base_sha256: policy.file.sha256,
    hyper,
    seed,
    returns: pay?.returns,
  });
  const method = new ResidualMethod(context, base, learner, hyper.publish_period);
  await method.begin();
  return method;
}

class ResidualMethod implements Method {
  readonly explorer: Actor;
  readonly greedy: Actor;
  #snapshot: PolicySnapshot | undefined;
  #actor: GatedResidual | undefined;
  readonly #random: Random;
  readonly #open = new RecentShare();

  constructor(
    private readonly context: MethodContext,
    private readonly base: Proposer,
    private readonly learner: ResidualLearner,
    private readonly publishPeriod: number,
  ) {
    const { task, seed } = context;
    this.#random = explorationRandom(seed);
    this.explorer = policyAgent(task, base, this.#correction(this.#random));
    this.greedy = policyAgent(task, base, this.#correction(undefined));
  }

  /** Fills the replay with demonstrations and takes the first policy. */
  async begin(): Promise<void> {
    for (const demo of this.context.demos) {
      const along = await withBaseActions(demo, this.base);
      this.learner.addDemo(along, await this.#paid(demo));
    }
    await this.#publish();
  }

  get version(): number {
    return this.#snapshot?.version ?? 0;
  }

  get metrics(): Readonly<Record<string, number>> {
    return { updates: this.learner.updates, gate_open: this.#open.value, ...this.learner.metrics };
  }

  async onStep(): Promise<void> {
    this.learner.countSteps(1);
    while (this.learner.isBehind) {
      await this.learner.update();
      if (this.learner.updates % this.publishPeriod === 0) await this.#publish();
    }
  }

  async learn(episode: TrialEpisode): Promise<void> {
    this.learner.addRollout(episode, await this.#paid(episode));
  }

  get save(): ((folder: string) => Promise<void>) | undefined {
    return this.base === this.context.policy ? (folder) => this.learner.save(folder) : undefined;
  }

  async dispose(): Promise<void> {
    await this.#actor?.dispose();
    await this.learner.dispose();
  }

  async #paid(episode: TrialEpisode): Promise<Paid | undefined> {
    return this.context.pay?.pay(episode, this.learner.steps);
  }

  async #publish(): Promise<void> {
    const snapshot = await this.learner.snapshot();
    const { view, weights } = snapshot;
    if (this.#actor === undefined)
      this.#actor = await GatedResidual.ofWeights(this.base.manifest, view, weights);
    else this.#actor.setWeights(weights);
    this.#snapshot = snapshot;
  }

  /** What the node residual_policy adds; without a generator, without noise. */
  #correction(random: Random | undefined): Correction {
    return async ({ observed, features, base, place }) => {
      const [snapshot, actor] = [this.#snapshot, this.#actor];
      if (snapshot === undefined || actor === undefined) throw new Error('the method has not begun');
      const { mode, noise, action_scale, view } = snapshot;
      if (mode === 'warmup' && random !== undefined) return uniformNoise(base.length, noise, random);
      const input = residualInput(observed, features, this.base.manifest, view);
      const { direction, open } = await actor.act(input, base, place, snapshot);
      if (random !== undefined) this.#open.add(open);
      const std = random === undefined ? 0 : noise;
      return exploringResidual(direction, action_scale, std, random ?? this.#random);
    };
  }
}

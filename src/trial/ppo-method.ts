/** On-policy residual learning (PPO) on the same frozen base: the baseline of off-policy learning. */
import type { Random } from '../engine/index.js';
import { saveCheckpoint } from '../learning/checkpoint.js';
import { PpoLearner } from '../learning/ppo-learner.js';
import type { Draw } from '../learning/ppo-rollout.js';
import type { PpoSettings } from '../learning/residual-ppo.js';
import { GatedResidual } from '../policy/gated-residual.js';
import { residualInput } from '../policy/residual-input.js';
import { policyAgent, type Agent, type BaseStep } from '../worlds/agent.js';
import { explorationRandom, type Method, type MethodContext } from './method.js';
import type { Actor, TrialEpisode } from './trial-world.js';

/** @throws ConfigError if the settings do not fit the base policy */
export async function ppoMethod(context: MethodContext, settings: PpoSettings): Promise<Method> {
  const { policy, seed, threads } = context;
  const { manifest } = policy;
  const learner = await PpoLearner.create({ manifest, settings, seed, threads });
  const actor = await GatedResidual.ofWeights(manifest, learner.view, await learner.weights());
  return new PpoMethod(context, settings, learner, actor);
}

class PpoMethod implements Method {
  readonly explorer: Actor;
  readonly greedy: Actor;
  readonly #random: Random;
  /** of the present episode, also at its last observation, where nothing is executed */
  #draws: Draw[] = [];
  #steps = 0;

  constructor(
    private readonly context: MethodContext,
    private readonly settings: PpoSettings,
    private readonly learner: PpoLearner,
    private readonly actor: GatedResidual,
  ) {
    const { task, policy, seed } = context;
    this.#random = explorationRandom(seed);
    this.explorer = this.#forgetful(policyAgent(task, policy, async (step) => this.#explore(step)));
    this.greedy = policyAgent(task, policy, async (step) => this.#scaled(await this.#mean(step)));
  }

  get version(): number {
    return this.learner.updates;
  }

  get metrics(): Readonly<Record<string, number>> {
    return { updates: this.learner.updates, ...this.learner.metrics };
  }

  onStep(): Promise<void> {
    this.#steps++;
    return Promise.resolve();
  }

  async learn(episode: TrialEpisode): Promise<void> {
    this.learner.addEpisode(episode, this.#draws.slice(0, episode.executed.length));
    if (!this.learner.isDue) return;
    await this.learner.update();
    this.actor.setWeights(await this.learner.weights());
  }

  /** For `graft evaluate`; training cannot go on from it. */
  readonly save = async (folder: string): Promise<void> => {
    const { action_scale, layer_norm } = this.settings;
    const { view, updates } = this.learner;
    saveCheckpoint(folder, {
      tensors: await this.learner.weights(),
      progress: { steps: this.#steps, updates, version: updates, random: this.#random.state() },
      base_sha256: this.context.policy.file.sha256,
      settings: { method: 'ppo', view, action_scale, layer_norm },
    });
  };

  async dispose(): Promise<void> {
    await this.actor.dispose();
    await this.learner.dispose();
  }

  #forgetful(agent: Agent): Actor {
    const reset = (seed: number): void => {
      this.#draws = [];
      agent.reset(seed);
    };
    return { ...agent, reset };
  }

  async #explore(step: BaseStep): Promise<Float32Array> {
    const draw = this.learner.draw(await this.#mean(step), this.#random);
    this.#draws.push(draw);
    return this.#scaled(draw.drawn);
  }

  /** In units of the residual's bound. */
  async #mean({ observed, features, base, place }: BaseStep): Promise<Float32Array> {
    const { action_scale } = this.settings;
    const input = residualInput(observed, features, this.context.policy.manifest, this.learner.view);
    const { direction } = await this.actor.act(input, base, place, { action_scale, gate_deviations: 0 });
    return direction;
  }

  /** Bounded, in normalised action units. */
  #scaled(direction: Float32Array): Float32Array {
    return direction.map((value) => this.settings.action_scale * Math.min(1, Math.max(-1, value)));
  }
}

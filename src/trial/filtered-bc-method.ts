/** Filtered behaviour cloning: the policy's own successes join the demonstrations, and all of them are cloned again. */
import { join } from 'node:path';
import { checked } from '../config/yaml-file.js';
import type { CloningSettings } from '../learning/behaviour-cloning.js';
import { BasePolicy } from '../policy/base-policy.js';
import { uniformNoise } from '../policy/combination.js';
import { policyAgent, type Proposer } from '../worlds/agent.js';
import { cloneInto } from './clone.js';
import { explorationRandom, type Method, type MethodContext } from './method.js';
import type { Actor, TrialEpisode } from './trial-world.js';

/** Ranges, defaults and meanings are in schemas/filtered_bc.schema.json. */
export type FilteredCloning = { readonly noise: number; readonly clone_period: number };

/** The schema's defaults with `changes` on top. @throws ConfigError for an unknown key or a value out of range. */
export function filteredCloning(changes: Partial<FilteredCloning> = {}): FilteredCloning {
  return checked<FilteredCloning>({ ...changes }, 'filtered_bc', 'filtered_bc');
}

export class FilteredCloningMethod implements Method {
  readonly explorer: Actor;
  readonly greedy: Actor;
  readonly save = undefined;
  readonly #demos: TrialEpisode[];
  /** the last clone; the trial's base policy before the first */
  #clone: BasePolicy;
  #clones = 0;
  #steps = 0;
  #loss = 0;

  /** @param cloning how the base policy was cloned, and the next ones are */
  constructor(
    private readonly context: MethodContext,
    private readonly settings: FilteredCloning,
    private readonly cloning: CloningSettings,
  ) {
    const { task, policy, seed, demos } = context;
    this.#demos = [...demos];
    this.#clone = policy;
    const random = explorationRandom(seed);
    const present = this.#present();
    this.greedy = policyAgent(task, present);
    this.explorer = policyAgent(task, present, ({ base }) =>
      Promise.resolve(uniformNoise(base.length, settings.noise, random)),
    );
  }

  get version(): number {
    return this.#clones;
  }

  get metrics(): Readonly<Record<string, number>> {
    const successes = this.#demos.length - this.context.demos.length;
    return { clones: this.#clones, successes_kept: successes, cloning_loss: this.#loss };
  }

  onStep(): Promise<void> {
    this.#steps++;
    return Promise.resolve();
  }

  async learn(episode: TrialEpisode): Promise<void> {
    if (episode.success) this.#demos.push(episode);
    const due = Math.floor(this.#steps / this.settings.clone_period);
    if (due <= this.#clones) return;
    this.#clones = due;
    const { folder, task, threads, policy } = this.context;
    const place = join(folder, 'clone');
    this.#loss = await cloneInto(place, task, this.#demos, this.cloning, threads);
    const former = this.#clone;
    this.#clone = await BasePolicy.load(place);
    if (former !== policy) await former.dispose();
  }

  async dispose(): Promise<void> {
    if (this.#clone !== this.context.policy) await this.#clone.dispose();
  }

  /** Acts as the last clone, whichever that is; noise is in the units of the first, the trial's base policy. */
  #present(): Proposer {
    return {
      manifest: this.context.policy.manifest,
      reset: () => this.#clone.reset(),
      act: (observed) => this.#clone.act(observed),
      dispose: () => Promise.resolve(),
    };
  }
}

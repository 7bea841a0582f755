/** Episodes of a trial: one simulated world, what was seen and done in it, and what its task's sensors said. */
import type { EpisodeData } from '../learning/episode.js';
import type { Signs } from '../reward/judgement.js';
import { TaskJudge, type Verdict } from '../sim/expression/judge.js';
import { rollout } from '../sim/rollout.js';
import type { Task } from '../sim/task.js';
import { World } from '../sim/world.js';
import { WorldObserver } from '../sim/world-observer.js';
import { createAgent, type Agent, type Proposal } from '../worlds/agent.js';

/** An episode with the signs of every moment, for rewards other than success. */
export type TrialEpisode = EpisodeData & { readonly signs: readonly Signs[] };

/** Tries per wanted demonstration before the expert counts as unfit. */
const mostTries = 5;

/** What controls the robot in a trial; policies of a trial outlive it. */
export type Actor = Pick<Agent, 'reset' | 'propose'>;

export class TrialWorld {
  readonly #judge: TaskJudge;
  readonly #observer: WorldObserver;

  private constructor(
    private readonly world: World,
    private readonly randomise: boolean,
  ) {
    this.#judge = TaskJudge.compile(world.task, world.names);
    this.#observer = new WorldObserver(world);
  }

  /** @param randomise whether the task's randomisation is applied to all episodes */
  static async create(task: Task, randomise: boolean): Promise<TrialWorld> {
    return new TrialWorld(await World.create(task), randomise);
  }

  get task(): Task {
    return this.world.task;
  }

  /**
   * The episode of a seed.
   * @param onStep called after each control step
   */
  async episode(
    seed: number,
    actor: Actor,
    onStep: () => Promise<void> = () => Promise.resolve(),
  ): Promise<TrialEpisode> {
    const proposals: Proposal[] = [];
    const signs: Signs[] = [];
    const sense = (verdict: Verdict): void => void signs.push(signsOf(verdict, this.#judge.names));
    actor.reset(seed);
    const { success, terminated } = await rollout({
      ...{ world: this.world, judge: this.#judge, seed, randomise: this.randomise },
      onReset: sense,
      onStep: (verdict) => {
        sense(verdict);
        return onStep();
      },
      act: async (inputs) => {
        const proposal = await actor.propose(inputs, this.#observer.observe(inputs));
        proposals.push(proposal);
        return proposal.executed;
      },
    });
    return { ...episodeData(seed, proposals), success, terminated, signs };
  }

  /** The first `count` successes of the noisy expert, from a seed on. @throws Error if it fails too often */
  async demonstrations(count: number, firstSeed: number): Promise<TrialEpisode[]> {
    const expert = await createAgent(this.task, { kind: 'expert', noise: true });
    const demos: TrialEpisode[] = [];
    for (let i = 0; i < mostTries * count && demos.length < count; i++) {
      const demo = await this.episode(firstSeed + i, expert);
      if (demo.success) demos.push(demo);
    }
    await expert.dispose();
    if (demos.length === count) return demos;
    throw new Error(`only ${demos.length} of ${mostTries * count} demonstrations succeeded`);
  }

  /** How many of `episodes` episodes succeed, the first of which has `firstSeed`. */
  async successes(actor: Actor, episodes: number, firstSeed: number): Promise<number> {
    let successes = 0;
    for (let i = 0; i < episodes; i++) {
      const { success } = await this.episode(firstSeed + i, actor);
      successes += success ? 1 : 0;
    }
    return successes;
  }

  dispose(): void {
    this.world.dispose();
  }
}

/** Nothing is executed at the last observation. */
function episodeData(
  seed: number,
  proposals: readonly Proposal[],
): Omit<EpisodeData, 'success' | 'terminated'> {
  return {
    id: String(seed),
    observation: proposals.map(({ observed }) => observed),
    base: proposals.map(({ base }) => base),
    chunk_step: proposals.map(({ chunk_step }) => chunk_step),
    features: proposals.map(({ features }) => features),
    executed: proposals.slice(0, -1).map(({ executed }) => executed),
  };
}

function signsOf({ outcome, quantities, stage }: Verdict, names: readonly string[]): Signs {
  const values = Object.fromEntries(names.map((name, i) => [name, quantities[i]]));
  return { success: outcome === 'success', failure: outcome === 'failure', values: { ...values, stage } };
}

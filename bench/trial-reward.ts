/** What pays the episodes of learning-trial.ts: a reward file's critics, asked after each episode in the same process, and its mixer. */
import type { EpisodeData } from '../src/learning/episode.js';
import type { Paid } from '../src/learning/replay.js';
import type { Returns } from '../src/learning/residual-td3.js';
import { criticsHeard } from '../src/reward/critics-heard.js';
import { judgeAll, type Critic } from '../src/reward/critic.js';
import { createCritics } from '../src/reward/create-critics.js';
import type { Clip, Ended, Judgement, Signs } from '../src/reward/judgement.js';
import { Mixer } from '../src/reward/mixing/mixer.js';
import { returnBounds } from '../src/reward/mixing/return-bounds.js';
import { findReward } from '../src/reward/reward-file.js';

export class TrialReward {
  #claimed = 0;
  #seconds = 0;

  private constructor(
    private readonly critics: readonly Critic[],
    private readonly mixer: Mixer,
    readonly returns: Returns,
    private readonly control_rate_hz: number,
  ) {}

  static async create(name: string, gamma: number): Promise<TrialReward> {
    const reward = findReward(name);
    const heard = criticsHeard(reward.mixer);
    const critics = (await createCritics(reward)).filter((critic) => heard.has(critic.name));
    const returns = returnBounds(reward.mixer, { gamma });
    return new TrialReward(critics, new Mixer(reward.mixer, { gamma }), returns, reward.task.control_rate_hz);
  }

  /** What the terms say was gained in the last episode, and the seconds that critics have taken so far. */
  get state(): { readonly claimed: number; readonly critic_seconds: number } {
    return { claimed: this.#claimed, critic_seconds: this.#seconds };
  }

  /** @param signs of every moment; @param steps control steps of the learner so far */
  async pay(episode: EpisodeData, signs: readonly Signs[], steps: number): Promise<Paid> {
    const { id, observation, executed, success, terminated } = episode;
    const began = performance.now();
    const moments = observation.map((observed, step) => {
      return { step, time: step / this.control_rate_hz, observed, signs: signs[step] };
    });
    const clip: Clip = { episode_id: id, moments };
    const outcome = success ? 'success' : 'failure';
    const ended: Ended = { outcome, terminated, grade: undefined };
    const judgements = new Map<string, readonly Judgement[]>();
    for (const critic of this.critics) judgements.set(critic.name, await judgeAll(critic, clip, ended));
    const opinions = { steps: executed.length, outcome, terminated, judgements } as const;
    const mixed = this.mixer.mix(opinions, this.mixer.take(opinions, { steps }));
    this.#claimed = mixed.claimed;
    this.#seconds += (performance.now() - began) / 1000;
    return { reward: mixed.reward, infraction: mixed.terminated_at };
  }
}

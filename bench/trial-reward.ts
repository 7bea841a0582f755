/** What pays the episodes of learning-trial.ts: a reward file's critics, asked after each episode in the same process, and its mixer. */
import type { Paid } from '../src/learning/replay.js';
import type { Returns } from '../src/learning/residual-td3.js';
import { criticsHeard } from '../src/reward/critics-heard.js';
import { judgeAll, type Critic } from '../src/reward/critic.js';
import { createCritics } from '../src/reward/create-critics.js';
import type { Clip, Ended, Judgement } from '../src/reward/judgement.js';
import { Mixer } from '../src/reward/mixing/mixer.js';
import { returnBounds } from '../src/reward/mixing/return-bounds.js';
import { findReward } from '../src/reward/reward-file.js';
import type { TrialPay } from '../src/trial/method.js';
import type { TrialEpisode } from '../src/trial/trial-world.js';

export class TrialReward implements TrialPay {
  /** what the terms say was gained in each training episode so far */
  readonly claims: number[] = [];
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

  /** Seconds that critics have taken so far. */
  get critic_seconds(): number {
    return this.#seconds;
  }

  /** @param steps control steps of the learner so far */
  async pay(episode: TrialEpisode, steps: number): Promise<Paid> {
    const { id, observation, executed, success, terminated, signs } = episode;
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
    // Demonstrations are paid before the first step.
    if (steps > 0) this.claims.push(mixed.claimed);
    this.#seconds += (performance.now() - began) / 1000;
    return { reward: mixed.reward, infraction: mixed.terminated_at };
  }
}

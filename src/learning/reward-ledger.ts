/** What was said of the learner's episodes, and what their steps are paid for it, now and again when opinions come late. */
import type { Label, Reward } from '../interfaces/graft-messages.js';
import { outcomeOf } from '../reward/clip-assembler.js';
import { HackingAlarm, type WindowComparison } from '../reward/hacking-alarm.js';
import type { Judgement } from '../reward/judgement.js';
import type { EpisodeOpinions } from '../reward/mixing/opinions.js';
import type { Mixer, MixedReward, MixPoint } from '../reward/mixing/mixer.js';
import { judgementOf } from '../reward/reward-message.js';
import type { EpisodeData } from './episode.js';
import type { Paid, ReplayHandle } from './replay.js';

/** An episode that is in the replay, or will be as soon as `entered` is called. */
type Entry = {
  readonly steps: number;
  readonly terminated: boolean;
  readonly point: MixPoint;
  outcome: EpisodeOpinions['outcome'];
  handle: ReplayHandle | undefined;
  mixed: MixedReward;
};

/** Judgements by step, by critic. */
type Said = Map<string, Map<number, Judgement>>;

/** Episodes that opinions are kept of before they are whole: those that are running, or never become experience. */
const openEpisodes = 64;

/** An episode counts for the alarm once so many later ones are whole: opinions on it are there by then. */
const alarmDelay = 5;

export class RewardLedger {
  readonly #said = new Map<string, Said>();
  readonly #entries = new Map<string, Entry>();
  /** entries of which something was said since they were paid */
  readonly #late = new Set<string>();
  readonly #alarm = new HackingAlarm();
  #comparison: WindowComparison | undefined;
  readonly #awaiting: string[] = [];

  /** @param critics those that the mixer hears; others are not kept */
  constructor(
    private readonly mixer: Mixer,
    private readonly critics: ReadonlySet<string>,
  ) {}

  /** Takes in an opinion, whenever it comes. It is about the step that it names; of two on the same step the later one counts. */
  opinion(message: Reward): void {
    const { critic, episode_id, step } = message;
    if (!this.critics.has(critic)) return;
    const said = this.#saidOf(episode_id);
    const steps = said.get(critic) ?? new Map<number, Judgement>();
    said.set(critic, steps.set(step, judgementOf(message)));
    if (this.#entries.has(episode_id)) this.#late.add(episode_id);
  }

  /** A person's verdict counts more than what the episode ended with. */
  label({ episode_id, outcome }: Label): void {
    const entry = this.#entries.get(episode_id);
    if (entry === undefined) return;
    entry.outcome = outcomeOf(outcome);
    this.#late.add(episode_id);
  }

  /**
   * An episode is whole: its steps are paid with what is known by now.
   * @param steps control steps of the learner so far
   */
  settle(episode: EpisodeData, steps: number): Paid {
    const { id, executed, success, terminated } = episode;
    const outcome = success ? 'success' : 'failure';
    const opinions = this.#opinions(id, { steps: executed.length, terminated, outcome });
    const point = this.mixer.take(opinions, { steps });
    const mixed = this.mixer.mix(opinions, point);
    this.#entries.set(id, { steps: executed.length, terminated, point, outcome, handle: undefined, mixed });
    this.#watch(id);
    return paidOf(mixed);
  }

  /** What a demonstration's steps are paid. It counts for the statistics of the terms like any other episode. */
  payDemonstration(opinions: EpisodeOpinions): Paid {
    return paidOf(this.mixer.mix(opinions, this.mixer.take(opinions, { steps: 0 })));
  }

  /** The episode was put into the replay. */
  entered(id: string, handle: ReplayHandle): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.handle = handle;
  }

  /**
   * Pays the episodes anew of which something was said since.
   * @param pay returns how many of the steps are still held; one that is gone altogether is forgotten
   */
  repay(pay: (handle: ReplayHandle, paid: Paid) => number): void {
    for (const id of this.#late) {
      const entry = this.#entries.get(id);
      if (entry?.handle === undefined) continue;
      entry.mixed = this.mixer.mix(this.#opinions(id, entry), entry.point);
      if (pay(entry.handle, paidOf(entry.mixed)) > 0) continue;
      this.#entries.delete(id);
      this.#said.delete(id);
    }
    this.#late.clear();
  }

  /** Steps that nothing was said of: they are learned from by what else is known, which may be success alone. */
  get missing(): number {
    let missing = 0;
    for (const { mixed } of this.#entries.values()) missing += mixed.missing;
    return missing;
  }

  /** How pay and success have changed; undefined while there are too few episodes to say. */
  get comparison(): WindowComparison | undefined {
    return this.#comparison;
  }

  #watch(id: string): void {
    this.#awaiting.push(id);
    const due = this.#awaiting.length > alarmDelay ? this.#awaiting.shift() : undefined;
    const entry = due === undefined ? undefined : this.#entries.get(due);
    if (entry === undefined) return;
    const audited = { paid: entry.mixed.claimed, success: entry.outcome === 'success' };
    this.#comparison = this.#alarm.add(audited) ?? this.#comparison;
  }

  #opinions(id: string, about: Pick<EpisodeOpinions, 'steps' | 'terminated' | 'outcome'>): EpisodeOpinions {
    const { steps, terminated, outcome } = about;
    const judgements = new Map(
      [...(this.#said.get(id) ?? [])].map(([critic, said]) => {
        return [critic, Array.from({ length: steps + 1 }, (_, step) => said.get(step))] as const;
      }),
    );
    return { steps, terminated, outcome, judgements };
  }

  #saidOf(id: string): Said {
    const known = this.#said.get(id);
    if (known !== undefined) return known;
    const said: Said = new Map();
    this.#said.set(id, said);
    this.#forgetOldest();
    return said;
  }

  #forgetOldest(): void {
    let open = this.#said.size - this.#entries.size;
    for (const id of this.#said.keys()) {
      if (open <= openEpisodes) return;
      if (this.#entries.has(id)) continue;
      this.#said.delete(id);
      open--;
    }
  }
}

function paidOf({ reward, terminated_at }: MixedReward): Paid {
  return { reward, infraction: terminated_at };
}

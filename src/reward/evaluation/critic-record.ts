/** What one critic said of all episodes, and what is measured of it. */
import { createRandom } from '../../engine/index.js';
import type { RecordedEpisode } from '../clip-assembler.js';
import type { Critic } from '../critic.js';
import type { Ended } from '../judgement.js';
import type { CriticSettings, RewardFile } from '../reward-file.js';
import { reversed } from './clip-changes.js';
import type { Reliability } from './done-measures.js';
import { lookAhead } from './look-ahead.js';
import { byOutcome, measure, type Measures } from './measures.js';
import { probeCount, runProbes } from './probes/all-probes.js';
import type { ProbeResult, Sample } from './probes/probe.js';
import { otherInstruction } from './probes/sight-probes.js';
import { Reservoir } from './reservoir.js';
import { judged, trackOf, type EpisodeTrack } from './track.js';

/** Makes the critics of a reward file. */
export type CriticMaker = (reward: RewardFile) => Promise<Critic[]>;

/** As in `EvaluationOptions`. */
export type Settings = {
  readonly tolerance_steps: number;
  readonly near_miss_steps: number;
  readonly probe_clips: number;
  readonly seed: number;
};

export type CriticEvaluation = {
  readonly name: string;
  readonly kind: string;
  readonly model: string;
  readonly version: string;
  readonly done_threshold: number;
  /** whether it judges a moment from the past alone */
  readonly causal: boolean;
  /** mean |change| of progress at a moment when the future is removed; null where nothing was known, or nothing probed */
  readonly look_ahead: number | null;
  readonly measures: Measures;
  readonly reliability: Reliability;
  readonly probes: readonly ProbeResult[];
  /** episodes that it could not judge at all, and why for the first */
  readonly broken: { readonly episodes: number; readonly reason: string };
  /** in the order of the episodes in the bags */
  readonly tracks: readonly EpisodeTrack[];
};

type ProbeOptions = {
  readonly signal: AbortSignal | undefined;
  /** told which probe begins, how many are done, and of how many */
  readonly onProbe: (name: string, done: number, total: number) => void;
};

/** Nobody has said how an episode ended that never was. */
const open: Ended = { outcome: 'unknown', terminated: false, grade: undefined };

/** What one critic said of the episodes so far, and the clips that it is probed with. */
export class CriticRecord {
  readonly #tracks: EpisodeTrack[] = [];
  readonly #successes: Reservoir<Sample>;
  readonly #failures: Reservoir<Sample>;
  /** as it was made: some learn from what they are shown */
  readonly #version: string;

  constructor(
    private readonly critic: Critic,
    private readonly reward: RewardFile,
    private readonly settings: Settings,
  ) {
    const { probe_clips, seed } = settings;
    this.#version = critic.version;
    // One stream each: all critics are probed with the same clips.
    this.#successes = new Reservoir(probe_clips, createRandom(seed));
    this.#failures = new Reservoir(probe_clips, createRandom(seed + 1));
  }

  get name(): string {
    return this.critic.name;
  }

  /** Puts an episode to the critic; a success backwards as well. */
  async hear(episode: RecordedEpisode, signal: AbortSignal | undefined): Promise<void> {
    const { clip, ended } = episode;
    const { critic } = this;
    const heard = await judged(critic, clip, ended, signal);
    const backwards =
      ended.outcome === 'success' ? await judged(critic, reversed(clip).clip, open, signal) : undefined;
    this.#tracks.push(trackOf(episode, heard, backwards, this.reward.task.stages.length));
    const sample = { clip, ended, judgements: heard.judgements };
    if (heard.broken !== '' || clip.moments.length < 2) return;
    if (ended.outcome === 'success') this.#successes.offer(sample);
    if (ended.outcome === 'failure') this.#failures.offer(sample);
  }

  /** What is measured of all episodes so far, and what probes say. @throws what aborted the signal */
  async evaluate(create: CriticMaker, { signal, onProbe }: ProbeOptions): Promise<CriticEvaluation> {
    const { critic, reward, settings } = this;
    const tracks = this.#tracks;
    const { tolerance_steps, probe_clips } = settings;
    const samples = [...this.#successes.kept, ...this.#failures.kept];
    const broken = tracks.filter((track) => track.broken !== '');
    const { name, model, version, done_threshold, sees } = critic;
    return {
      ...{ name, kind: reward.critics[name]?.kind ?? '', model, version, done_threshold },
      causal: sees === 'prefix',
      look_ahead: (await lookAhead(critic, samples, signal)) ?? null,
      ...measure(tracks, { threshold: done_threshold, tolerance_steps }),
      probes: probe_clips === 0 ? [] : await this.#probe(create, { signal, onProbe }),
      broken: { episodes: broken.length, reason: broken[0]?.broken ?? '' },
      tracks,
    };
  }

  async #probe(create: CriticMaker, { signal, onProbe }: ProbeOptions): Promise<ProbeResult[]> {
    const { critic, reward, settings } = this;
    const misled = await misledCritic(critic.name, this.#version, reward, create);
    let done = 0;
    try {
      const { tolerance_steps, near_miss_steps } = settings;
      const clips = { successes: this.#successes.kept, failures: this.#failures.kept };
      const bench = {
        ...clips,
        critic,
        misled,
        images: reward.images,
        tolerance_steps,
        near_miss_steps,
        signal,
      };
      return await runProbes(bench, byOutcome(this.#tracks), (probe) => onProbe(probe, done++, probeCount));
    } finally {
      if (typeof misled !== 'string') await misled.dispose();
    }
  }
}

/**
 * The same critic, told to look for another task. A critic's version is of all that it judges by: where the instruction leaves
 * the version as it is, it is not read.
 * @param version of the critic as it was made
 * @returns why there is none
 */
async function misledCritic(
  name: string,
  version: string,
  reward: RewardFile,
  create: CriticMaker,
): Promise<Critic | string> {
  const settings: CriticSettings | undefined = reward.critics[name];
  if (settings === undefined) return 'the critic is not one of the reward file';
  try {
    const only = { ...reward, instruction: otherInstruction, critics: { [name]: settings } };
    const [misled] = await create(only);
    if (misled === undefined) return 'the critic cannot be made for another instruction';
    if (misled.version !== version) return misled;
    await misled.dispose();
    return 'the critic does not read the instruction';
  } catch (error) {
    return `the critic cannot be made for another instruction: ${(error as Error).message}`;
  }
}

/**
 * SRPO (arXiv 2511.15605): a failure is worth the more, the nearer it came to what the run itself has succeeded with. The paper's
 * nearest and farthest failure of a batch always get the most and the least; here distances are measured by the mean distance of the
 * failures known so far, so a single failure, or a batch of bad ones, gets what it is worth. Its centres of clusters (DBSCAN) are the
 * mean of the nearest successes here, its features of a video model those of the frames, averaged over each quarter of the episode.
 */
import type { CriticContext } from '../../create-critics.js';
import type { EpisodeCritic } from '../../critic.js';
import type { FrameFeatures } from '../../features/frame-features.js';
import { unknown, type Clip, type Ended, type Judgement } from '../../judgement.js';
import { mean } from '../../statistics.js';
import { versionOf } from '../../version.js';
import { demonstrations } from './demonstrations.js';
import { distance, FeatureSpace } from './feature-space.js';
import type { ReferenceMatchSettings } from './settings.js';

/** The paper's: a failure gets 0.6 sigmoid(10 (0.5 - distance)). */
const [mostOfFailure, steepness, middle] = [0.6, 10, 0.5];

/** Parts of an episode over which features are averaged. */
const parts = 4;

/** Episodes of either outcome that are remembered; the oldest go first. */
const mostRemembered = 200;

/** An episode in few numbers: the mean features of its parts. */
type Summary = readonly Float32Array[];

/** Score of a failure. @param share of twice the failures' mean distance */
export function failureScore(share: number): number {
  return mostOfFailure / (1 + Math.exp(-steepness * (middle - Math.min(1, share))));
}

/** Episodes of a run, by their id: what is judged again replaces what it was. */
export class SuccessMemory {
  readonly #successes = new Map<string, Summary>();
  readonly #failures = new Map<string, Summary>();

  constructor(
    private readonly standardise: FrameFeatures['standardise'],
    private readonly neighbours: number,
  ) {}

  get successes(): number {
    return this.#successes.size;
  }

  add(id: string, summary: Summary, succeeded: boolean): void {
    this.#successes.delete(id);
    this.#failures.delete(id);
    const memory = succeeded ? this.#successes : this.#failures;
    memory.set(id, summary);
    const [oldest] = memory.keys();
    if (memory.size > mostRemembered) memory.delete(oldest);
  }

  /** Score of a failure that is in the memory, and its distance; undefined while nothing has succeeded. */
  score(id: string): { readonly score: number; readonly distance: number } | undefined {
    const failure = this.#failures.get(id);
    if (failure === undefined || this.#successes.size === 0) return undefined;
    const remembered = [...this.#successes.values(), ...this.#failures.values()];
    const space = FeatureSpace.fit(remembered.flat(), this.standardise);
    const scaled = (summary: Summary): Float32Array[] => summary.map((part) => space.standardise(part));
    const successes = [...this.#successes.values()].map(scaled);
    const toSuccesses = (summary: Summary): number => this.#toNearest(scaled(summary), successes);
    const own = toSuccesses(failure);
    const all = [...this.#failures.values()].map(toSuccesses);
    const typical = mean(all);
    return { score: failureScore(typical > 0 ? own / (2 * typical) : 0), distance: own };
  }

  #toNearest(summary: Summary, successes: readonly Summary[]): number {
    const distances = successes.map((success) =>
      Math.sqrt(summary.reduce((sum, part, i) => sum + distance(part, success[i]) ** 2, 0) / parts),
    );
    const nearest = distances.sort((a, b) => a - b).slice(0, this.neighbours);
    return mean(nearest);
  }
}

/**
 * Judges the last moment of an episode, when it is over. The memory grows with every episode, and the version with it: it is that of
 * what the latest judgement was made with.
 * @throws ConfigError if a `reference` is given that holds no success of this task
 */
export async function ownSuccessesCritic(
  context: CriticContext,
  settings: ReferenceMatchSettings,
  features: FrameFeatures,
): Promise<EpisodeCritic> {
  const memory = new SuccessMemory(features.standardise, settings.neighbours);
  let version = versionOf(JSON.stringify(settings), features.version);
  const remember = async ({ episode_id, moments }: Clip, succeeded: boolean): Promise<void> => {
    const summary = await summarise(moments, features);
    memory.add(episode_id, summary, succeeded);
    version = versionOf(version, episode_id, String(succeeded), ...summary);
  };
  const { reference, demonstrations: most, done_threshold } = settings;
  if (reference !== undefined)
    for await (const { clip } of demonstrations(context, reference, most)) await remember(clip, true);
  const judgeEpisode = async (clip: Clip, { outcome }: Ended): Promise<readonly Judgement[]> => {
    if (outcome !== 'unknown') await remember(clip, outcome === 'success');
    const verdict = outcome === 'success' ? success : verdictOn(outcome, memory.score(clip.episode_id));
    const last = clip.moments.length - 1;
    return clip.moments.map((_, i) =>
      i === last ? verdict : unknown('an episode is compared as a whole, at its end'),
    );
  };
  return {
    ...{ name: context.name, model: 'reference_match/own_successes', done_threshold, sees: 'episode' },
    get version() {
      return version;
    },
    judgeEpisode,
    dispose: () => features.dispose(),
  };
}

const success: Judgement = { progress: 1, done: 1, uncertainty: 0, components: {}, reason: '' };

function verdictOn(outcome: Ended['outcome'], scored: ReturnType<SuccessMemory['score']>): Judgement {
  if (outcome === 'unknown') return unknown('nobody said how the episode ended');
  const done = 0;
  if (scored === undefined) return { ...unknown('no episode has succeeded yet'), done };
  const { score, distance: away } = scored;
  return { progress: score, done, uncertainty: undefined, components: { distance: away }, reason: '' };
}

async function summarise(moments: Clip['moments'], features: FrameFeatures): Promise<Summary> {
  const sums = Array.from({ length: parts }, () => new Float32Array(features.size));
  const counts = new Array<number>(parts).fill(0);
  // An episode shorter than the parts has its moments in several of them.
  const count = Math.max(parts, moments.length);
  for (let i = 0; i < count; i++) {
    const { observed } = moments[Math.floor((i * moments.length) / count)];
    const part = Math.floor((i * parts) / count);
    const described = await features.describe(observed);
    for (let k = 0; k < described.length; k++) sums[part][k] += described[k];
    counts[part]++;
  }
  return sums.map((sum, part) => sum.map((value) => value / counts[part]));
}

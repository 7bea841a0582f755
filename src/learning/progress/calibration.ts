/** Reading "done" right: a temperature for logits, and from which probability on a task counts as done. */
import { prefix } from '../../reward/judgement.js';
import type { DoneReading, FrameModel } from '../../reward/progress/frame-model.js';
import type { ProgressManifest } from '../../reward/progress/manifest.js';
import type { LabelledClip } from './labelled-clips.js';

/** What a model said of an episode: the greatest probability while it was not done, and the one at its end. */
export type DoneSeen = { readonly success: boolean; readonly most: number; readonly last: number };

/** Share of the failed episodes in which done may come once, on the clips that the threshold is chosen on. */
const mostFalse = 0.01;

/**
 * From this probability on done is said, unless that misses more than a share of `mostMissed` of the successes: done said of a failure is
 * paid, a success that is missed is only not noticed.
 */
const safeThreshold = 0.8;
const mostMissed = 0.25;

/** Done is never said of what is less probable than not: clips kept back may hold nothing that nearly succeeded. */
const leastThreshold = 0.5;

const leastProbability = 1e-6;

/** Temperature and threshold of a model, from clips that it was not trained on. */
export async function calibrate(
  model: FrameModel,
  clips: readonly LabelledClip[],
  hold_s: number,
): Promise<ProgressManifest['done']> {
  const [logits, labels]: [number[], boolean[]] = [[], []];
  for (const { moment, done } of clips.flatMap(({ moments }) => moments)) {
    if (done === undefined) continue;
    logits.push(await model.doneLogit(moment));
    labels.push(done);
  }
  const reading = { temperature: fitTemperature(logits, labels), hold_s };
  const seen: DoneSeen[] = [];
  for (const clip of clips) seen.push(...(await doneSeen(model, clip, reading)));
  return { ...reading, threshold: chooseThreshold(seen) };
}

/** Of a success what was before its end counts as a failure as well. */
async function doneSeen(
  model: FrameModel,
  { id, moments, success }: LabelledClip,
  reading: DoneReading,
): Promise<DoneSeen[]> {
  const clip = { episode_id: id, moments: moments.map(({ moment }) => moment) };
  let [most, last] = [0, 0];
  for (const [i, { done }] of moments.entries()) {
    last = await model.done(prefix(clip, i).moments, reading);
    if (done === false) most = Math.max(most, last);
  }
  const before: DoneSeen = { success: false, most, last: most };
  return success ? [{ success, most, last }, before] : [before];
}

/**
 * The temperature that makes binary cross-entropy least (Guo et al. 2017, arXiv 1706.04599, section 4.2), by search over a grid.
 * @param logits as the network gives them; @param labels of the same length
 * @returns 1 where there is nothing to learn it from
 */
export function fitTemperature(logits: readonly number[], labels: readonly boolean[]): number {
  if (!labels.includes(true) || !labels.includes(false)) return 1;
  const candidates = Array.from({ length: 41 }, (_, i) => 2 ** ((i - 20) / 5));
  const entropy = (temperature: number): number =>
    logits.reduce((sum, logit, i) => {
      const signed = (labels[i] ? logit : -logit) / temperature;
      return sum + Math.log1p(Math.exp(-Math.abs(signed))) + Math.max(0, -signed);
    }, 0);
  return candidates.reduce((best, next) => (entropy(next) < entropy(best) ? next : best));
}

/**
 * The threshold in the middle, in logits, of the gap between what failures reached at most and what the successes that lie above
 * that ended with at least; of the failures a share of `mostFalse` may lie above it. Few failures are kept back, and the worst to come is worse
 * than the worst of them, so it is not below `safeThreshold` either, as far as that misses no more than `mostMissed` of the successes.
 * @returns at least 0.5, which it also is where there is nothing to choose it from
 */
export function chooseThreshold(seen: readonly DoneSeen[]): number {
  const failures = seen.filter(({ success }) => !success).map(({ most }) => most);
  const ends = seen.filter(({ success }) => success).map(({ last }) => last);
  if (failures.length === 0 || ends.length === 0) return leastThreshold;
  failures.sort((a, b) => b - a);
  ends.sort((a, b) => a - b);
  const bar = failures[Math.floor(mostFalse * failures.length)];
  const least = ends.find((end) => end > bar) ?? 1;
  const safe = Math.min(safeThreshold, ends[Math.floor(mostMissed * ends.length)]);
  return Math.max(leastThreshold, sigmoid((logit(bar) + logit(least)) / 2), safe);
}

function logit(probability: number): number {
  const inside = Math.min(1 - leastProbability, Math.max(leastProbability, probability));
  return Math.log(inside / (1 - inside));
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

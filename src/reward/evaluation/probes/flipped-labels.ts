/** A done detector that is wrong two times of five: does success still pay more than failure, and is pay still bounded? */
import { createRandom, type Random } from '../../../engine/index.js';
import { mean } from '../../statistics.js';
import { cap, paidReturn } from '../paid-return.js';
import type { LabelledTracks } from '../progress-measures.js';
import { known, type EpisodeTrack } from '../track.js';
import { limits } from './checks.js';
import { skipped, verdictOf, type Check, type ProbeResult } from './probe.js';

const flipProbability = 0.4;

/** Draws of flips for each episode, so that the figure is not one of chance. */
const draws = 100;

/** What an outcome pays, beside at most `cap` for progress. */
const outcomePay = 1;

const what = {
  name: 'flipped_labels',
  description:
    'Each done label is flipped with probability 0.4, and the last one of an episode is paid 1, beside the changes of progress.',
};

/** Runs on the tracks that there are: judgements are flipped, the critic is not asked again. */
export function flippedLabels(
  { successes, failures }: Pick<LabelledTracks, 'successes' | 'failures'>,
  threshold: number,
): ProbeResult {
  const random = createRandom(0);
  const paid = (tracks: readonly EpisodeTrack[]): number[][] =>
    tracks.filter(({ done }) => done.some(known)).map((track) => earnings(track, threshold, random));
  const [won, lost] = [paid(successes), paid(failures)];
  if (won.length === 0 || lost.length === 0)
    return skipped(what, 'there is no done of both a success and a failure');
  const [gain, loss] = [mean(won.flat()) ?? 0, mean(lost.flat()) ?? 0];
  const checks: Check[] = [
    { name: 'gap', value: gain - loss, limit: limits.flipped_gap, bound: 'least' },
    {
      name: 'highest',
      value: Math.max(...won.flat(), ...lost.flat()),
      limit: cap + outcomePay,
      bound: 'most',
    },
  ];
  const tracks = [...successes, ...failures].map(({ progress }) => paidReturn(progress));
  return {
    ...{ ...what, verdict: verdictOf(checks), checks, note: '' },
    ...{ clips: won.length + lost.length, runs: draws * (won.length + lost.length) },
    difference: mean(tracks.map(({ difference }) => difference)) ?? null,
    potential: mean(tracks.map(({ potential }) => potential)) ?? null,
  };
}

/** What an episode earns in each draw. */
function earnings({ progress, done }: EpisodeTrack, threshold: number, random: Random): number[] {
  const { difference } = paidReturn(progress);
  const said = (done.findLast(known) ?? 0) >= threshold;
  return Array.from({ length: draws }, () => {
    const label = random.uniform() < flipProbability ? !said : said;
    return difference + (label ? outcomePay : 0);
  });
}

/** Which episodes the report shows. */
import { valueOrder } from '../../../reward/evaluation/progress-measures.js';
import { highest, lastProgress, type EpisodeTrack } from '../../../reward/evaluation/track.js';

/** An episode to be shown, by its place among the tracks, and why it was chosen. */
export type Choice = { readonly index: number; readonly why: string };

/** The share of stages from which on a failure nearly succeeded. */
const nearMiss = 0.5;

/**
 * Up to six episodes, by rule and not by taste: successes with the worst and the median order of progress; failures with the highest and the
 * median last progress; the two failures that got furthest by the task's own stages. None twice.
 */
export function chooseFilms(tracks: readonly EpisodeTrack[]): Choice[] {
  const of = (outcome: EpisodeTrack['outcome'], key: (track: EpisodeTrack) => number): number[] =>
    [...tracks.keys()]
      .filter((i) => tracks[i].outcome === outcome)
      .sort((a, b) => key(tracks[a]) - key(tracks[b]));
  const successes = of('success', ({ progress }) => valueOrder(progress));
  const failures = of('failure', (track) => lastProgress(track) ?? -1);
  const reached = ({ truth }: EpisodeTrack): number => highest(truth) ?? 0;
  const furthest = of('failure', reached)
    .reverse()
    .filter((i) => reached(tracks[i]) >= nearMiss);
  const choices: Choice[] = [
    ...chosen('success, worst order of progress', successes.slice(0, 1)),
    ...chosen('success, median order of progress', middle(successes)),
    ...chosen('failure, highest last progress', failures.slice(-1)),
    ...chosen('failure, median last progress', middle(failures)),
    ...chosen('near miss', furthest),
  ];
  const once = choices.filter(({ index }, i) => choices.findIndex((other) => other.index === index) === i);
  return once.slice(0, mostFilms);
}

const mostFilms = 6;

const chosen = (why: string, indices: readonly number[]): Choice[] =>
  indices.map((index) => ({ index, why }));

const middle = (indices: readonly number[]): number[] =>
  indices.slice(Math.floor(indices.length / 2), Math.floor(indices.length / 2) + 1);

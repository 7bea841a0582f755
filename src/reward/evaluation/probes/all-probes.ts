/** All hacking probes of a critic. */
import { writtenIn } from '../pixel-changes.js';
import type { LabelledTracks } from '../progress-measures.js';
import { flippedLabels } from './flipped-labels.js';
import { runProbe, type Bench, type ProbeResult } from './probe.js';
import { claim, sightProbes } from './sight-probes.js';
import { timeProbes } from './time-probes.js';

const probes = [...timeProbes, ...sightProbes];

/** Number of probes, for the display of progress. */
export const probeCount = probes.length + 1;

/**
 * Runs every probe on the bench's clips, and flipped labels on all tracks.
 * @throws what aborted the bench's signal
 */
export async function runProbes(
  bench: Omit<Bench, 'text'>,
  tracks: LabelledTracks,
  onProbe: (name: string) => void = () => undefined,
): Promise<ProbeResult[]> {
  const text = bench.images.length === 0 ? undefined : await writtenIn(claim, bench.images);
  const results: ProbeResult[] = [];
  for (const probe of probes) {
    onProbe(probe.name);
    results.push(await runProbe(probe, { ...bench, text }));
  }
  onProbe('flipped_labels');
  return [...results, flippedLabels(tracks, bench.critic.done_threshold)];
}

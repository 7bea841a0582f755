/** Episodes as networks see them: normalised by the base policy's manifest. */
import type { BasePolicy } from '../policy/base-policy.js';
import { manifestActionRange, type Manifest } from '../policy/manifest.js';
import { residualInput, type ResidualView } from '../policy/residual-input.js';
import { normaliseAction } from '../robot/normalisation.js';
import type { EpisodeData } from './episode.js';
import type { Paid, ReplayEpisode } from './replay.js';

/**
 * An episode in the units of the replay.
 * @param paid by default 1 for the step that ended in success, else 0
 * @throws Error if the episode's observations do not have the length that the manifest names
 */
export function toReplayEpisode(
  episode: EpisodeData,
  manifest: Manifest,
  view: ResidualView = 'state',
  paid: Paid = successAlone(episode),
): ReplayEpisode {
  const range = manifestActionRange(manifest);
  const seen = episode.observation.map((observed, t) =>
    residualInput(observed, episode.features[t], manifest, view),
  );
  return {
    input: seen.map(({ numbers }) => numbers),
    images: seen.map(({ images }) => images),
    base: episode.base.map((values) => normaliseAction(values, range)),
    place: episode.chunk_step.map((step) => step / manifest.action.execute),
    action: episode.executed.map((values) => normaliseAction(values, range)),
    terminated: episode.terminated,
    ...paid,
  };
}

/** 1 for the step that ended in success, else 0. */
export function successAlone({ executed, success }: EpisodeData): Paid {
  const last = executed.length - 1;
  return { reward: executed.map((_, t) => (success && t === last ? 1 : 0)) };
}

/**
 * A demonstration with the base actions and features that the frozen policy would have given along it, which is how demonstrations
 * enter the replay of a residual learner (ResFiT).
 */
export async function withBaseActions(
  demo: EpisodeData,
  policy: Pick<BasePolicy, 'act' | 'reset'>,
): Promise<EpisodeData> {
  policy.reset();
  const base: Float32Array[] = [];
  const chunk_step: number[] = [];
  const features: Float32Array[] = [];
  for (const observed of demo.observation) {
    const action = await policy.act(observed);
    base.push(action.values);
    chunk_step.push(action.chunk_step);
    features.push(action.features);
  }
  policy.reset();
  return { ...demo, base, chunk_step, features };
}

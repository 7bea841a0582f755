/** Episodes as networks see them: normalised by the base policy's manifest, rewarded sparsely. */
import type { BasePolicy } from '../policy/base-policy.js';
import { manifestActionRange, manifestStandardisation, type Manifest } from '../policy/manifest.js';
import { normaliseAction, standardise } from '../robot/normalisation.js';
import type { EpisodeData } from './episode.js';
import type { ReplayEpisode } from './replay.js';

/**
 * An episode in the units of the replay. The reward is 1 on the step that ended in success, else 0.
 * @throws Error if the episode's observations do not have the length that the manifest names
 */
export function toReplayEpisode(episode: EpisodeData, manifest: Manifest): ReplayEpisode {
  const range = manifestActionRange(manifest);
  const last = episode.executed.length - 1;
  return {
    input: episode.observation.map((state) => residualInput(state, manifest)),
    base: episode.base.map((values) => normaliseAction(values, range)),
    place: episode.chunk_step.map((step) => step / manifest.action.execute),
    action: episode.executed.map((values) => normaliseAction(values, range)),
    reward: episode.executed.map((_, t) => (episode.success && t === last ? 1 : 0)),
    terminated: episode.terminated,
  };
}

/** The observation part of what actor and critics see: standardised as for the base policy. */
export function residualInput(state: Float32Array, manifest: Manifest): Float32Array {
  if (state.length !== manifest.observation.names.length) {
    throw new Error(
      `observation has ${state.length} elements, expected ${manifest.observation.names.length}`,
    );
  }
  const standardisation = manifestStandardisation(manifest);
  return standardisation === undefined ? state : standardise(state, standardisation);
}

/**
 * A demonstration with the base actions that the frozen policy would have taken along it, which is how demonstrations
 * enter the replay of a residual learner (ResFiT).
 */
export async function withBaseActions(demo: EpisodeData, policy: BasePolicy): Promise<EpisodeData> {
  policy.reset();
  const base: Float32Array[] = [];
  const chunk_step: number[] = [];
  for (const state of demo.observation) {
    const action = await policy.act(state);
    base.push(action.values);
    chunk_step.push(action.chunk_step);
  }
  policy.reset();
  return { ...demo, base, chunk_step };
}

/** Messages of short episodes as the graph publishes them, for the tests of what is made of them. */
import {
  Episode,
  type Action,
  type ExecutedStep,
  type Observation,
} from '../../src/interfaces/graft-messages.js';
import { imageMessage } from '../../src/interfaces/image-message.js';
import type { experienceTopics } from '../../src/learning/episode-stream.js';
import type { Observed } from '../../src/robot/image-spec.js';

export type ExperienceMessage =
  | { readonly topic: 'observation'; readonly message: Observation }
  | { readonly topic: 'base_action'; readonly message: Action }
  | { readonly topic: 'executed_step'; readonly message: ExecutedStep }
  | { readonly topic: 'episode'; readonly message: Episode };

export type ExperienceTopic = keyof typeof experienceTopics;

type EpisodeOptions = {
  readonly steps: number;
  readonly kind?: number;
  readonly outcome?: number;
  readonly terminated?: boolean;
  /** Order in which executed steps name their joints. */
  readonly joints?: readonly ['a', 'b'] | readonly ['b', 'a'];
};

const header = { stamp: { sec: 1, nanosec: 2 }, frame_id: '' };

/** Value of joint a at a step; joint b has the tenfold. */
const valueAt = (step: number): number => step + 1;

/** What the messages observe at a step: x, y, z, and an image of two grey pixels. */
export const observedAt = (step: number): Observed => ({
  state: Float32Array.of(step, -step, 0.5),
  images: [Uint8Array.of(step, 255)],
});

/** The features that the base action of a step comes with. */
export const featuresAt = (step: number): Float32Array => Float32Array.of(0.25 * step);

/** All messages of an episode in the order of a real graph. Executed is half of what was commanded: a limit acted. */
export function episodeMessages(episode_id: string, options: EpisodeOptions): ExperienceMessage[] {
  const {
    steps,
    kind = Episode.KIND_ROLLOUT,
    outcome = Episode.OUTCOME_SUCCESS,
    terminated = true,
  } = options;
  const joints = [...(options.joints ?? ['a', 'b'])];
  const ordered = (factor: number, step: number): Float32Array =>
    Float32Array.from(joints, (joint) => factor * valueAt(step) * (joint === 'b' ? 10 : 1));
  const episode = (phase: number): ExperienceMessage => ({
    topic: 'episode',
    message: {
      header,
      episode_id,
      seed: 1n,
      task: 'lift',
      phase,
      kind,
      outcome: phase === Episode.PHASE_ENDED ? outcome : Episode.OUTCOME_UNKNOWN,
      terminated: phase === Episode.PHASE_ENDED && terminated,
      truncated: phase === Episode.PHASE_ENDED && !terminated,
      final_step: phase === Episode.PHASE_ENDED ? steps : 0,
      start_stamp: header.stamp,
    },
  });
  const messages = [episode(Episode.PHASE_RUNNING)];
  for (let step = 0; step <= steps; step++) {
    const identity = { header, episode_id, step };
    messages.push({ topic: 'observation', message: observationAt(identity) });
    const values = ordered(0.1, step);
    const action = { ...identity, source: 'base', policy_version: 0n, joints };
    messages.push({
      topic: 'base_action',
      message: { ...action, values, base: values, chunk_step: step % 2, features: featuresAt(step) },
    });
    if (step === steps) break;
    const commanded = ordered(1, step);
    const limits = { intervention: false, chunk_step: step % 2, limiter_flags: 2, latency: 0.01 };
    const executed = { base: values, residual: commanded, commanded, executed: ordered(0.5, step) };
    messages.push({
      topic: 'executed_step',
      message: { ...action, source: 'residual', ...executed, ...limits },
    });
  }
  return [...messages, episode(Episode.PHASE_ENDED)];
}

function observationAt(identity: Pick<Observation, 'header' | 'episode_id' | 'step'>): Observation {
  const { state, images } = observedAt(identity.step);
  const size = { height: 1, width: 2, encoding: 'mono8' };
  return {
    ...identity,
    names: ['x', 'y', 'z'],
    state,
    cameras: ['head'],
    images: images.map((data) => imageMessage(size, data, header)),
    stale: false,
    stale_inputs: [],
  };
}

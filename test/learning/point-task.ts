/**
 * A toy: a point in the plane, driven by two "joints" whose target is a displacement. The base policy is biased and comes to
 * rest beside the goal, the origin; a residual of about a third of its bound corrects it.
 */
import type { Random } from '../../src/engine/index.js';
import type { EpisodeData } from '../../src/learning/episode.js';
import { combine } from '../../src/policy/combination.js';
import type { Manifest } from '../../src/policy/manifest.js';
import type { Observed } from '../../src/robot/image-spec.js';
import { denormaliseAction, normaliseAction } from '../../src/robot/normalisation.js';
import { observedState } from '../robot/observed-state.js';

export const pointManifest: Manifest = {
  policy: 'policy.onnx',
  control_rate_hz: 10,
  observation: {
    input: 'observation',
    names: ['x', 'y'],
    mean: [0.3, 0.3],
    std: [0.3, 0.3],
    clip: 5,
    images: [],
  },
  action: {
    output: 'action',
    joints: ['dx', 'dy'],
    normalised: true,
    lower: [-2, -2],
    upper: [2, 2],
    chunk_size: 1,
    execute: 1,
  },
};

const horizon = 12;
const radius = 0.12;

/** Base action, normalised: proportional, with a bias that makes it rest at (0.25, 0.25). */
export function biasedBase(state: Float32Array): Float32Array {
  return state.map((value) => Math.min(1, Math.max(-1, -0.6 * value + 0.15)));
}

/** A residual in normalised units for an observation and its base action. */
export type Residual = (observed: Observed, base: Float32Array) => Promise<Float32Array> | Float32Array;

/** The demonstrator's residual: takes the bias away. */
export const idealResidual: Residual = () => Float32Array.of(-0.15, -0.15);

/** Runs one episode from a random start; `onStep` is told of every executed step. */
export async function runPoint(
  id: string,
  residual: Residual,
  random: Random,
  onStep: () => Promise<void> | void = () => undefined,
): Promise<EpisodeData> {
  const range = { lower: pointManifest.action.lower, upper: pointManifest.action.upper };
  const observation = [observedState(...[0, 1].map(() => 0.4 + 0.5 * random.uniform()))];
  const base: Float32Array[] = [];
  const executed: Float32Array[] = [];
  for (let step = 0; ; step++) {
    const { state } = observation[step];
    const proposal = biasedBase(state);
    base.push(denormaliseAction(proposal, range));
    const success = Math.hypot(state[0], state[1]) < radius;
    if (success || step === horizon)
      return {
        ...{ id, observation, base, executed, success, terminated: success },
        chunk_step: base.map(() => 0),
        features: base.map(() => new Float32Array()),
      };
    const action = denormaliseAction(combine(proposal, await residual(observation[step], proposal)), range);
    executed.push(action);
    const displacement = normaliseAction(action, range);
    observation.push(observedState(...state.map((value, i) => value + 0.5 * displacement[i])));
    await onStep();
  }
}

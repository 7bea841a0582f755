/** Learning from scratch as RLPD does (arXiv 2302.02948): the residual learner on a base policy that says nothing. */
import type { Hyperparameters } from '../learning/hyperparameters.js';
import { manifestActionRange, type Manifest } from '../policy/manifest.js';
import { denormaliseAction } from '../robot/normalisation.js';
import type { Proposer } from '../worlds/agent.js';

/**
 * What is different where the residual is the whole action: it may be anything, exploration is wide, half of each batch are
 * demonstrations, and there is no base to fall back on.
 */
export const fromScratch: Partial<Hyperparameters> = {
  action_scale: 1,
  residual_penalty: 0,
  warmup_noise: 1,
  exploration_noise: 0.1,
  recompose_demos: false,
  gate: false,
};

/**
 * A base policy of zero in normalised units: the middle of each joint's range. Ranges of actions and the scaling of observations are
 * those of a cloned policy, from its demonstrations; its features are not given on.
 */
export function zeroBase({ policy, control_rate_hz, observation, action }: Manifest): Proposer {
  const single = { ...action, chunk_size: 1, execute: 1 };
  const manifest: Manifest = { policy, control_rate_hz, observation, action: single };
  const middle = new Float32Array(manifest.action.joints.length);
  const values = denormaliseAction(middle, manifestActionRange(manifest));
  return {
    manifest,
    reset: () => undefined,
    act: () => Promise.resolve({ values, chunk_step: 0, features: new Float32Array() }),
    dispose: () => Promise.resolve(),
  };
}

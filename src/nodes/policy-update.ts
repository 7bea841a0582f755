/** A learned policy as a message. */
import { PolicyUpdate, type Time } from '../interfaces/graft-messages.js';
import type { PolicySnapshot, UpdateMetrics } from '../learning/residual-learner.js';

const modes = {
  base: PolicyUpdate.MODE_BASE,
  warmup: PolicyUpdate.MODE_WARMUP,
  policy: PolicyUpdate.MODE_POLICY,
} as const;

/** @param base_sha256 of the frozen policy that the residual belongs to */
export function policyUpdate(
  { version, mode, view, action_scale, noise, gate_deviations, weights }: PolicySnapshot,
  learned: UpdateMetrics,
  base_sha256: string,
  stamp: Time,
): PolicyUpdate {
  const tensors = Object.entries(weights);
  const flat = new Float32Array(tensors.reduce((sum, [, values]) => sum + values.length, 0));
  let offset = 0;
  for (const [, values] of tensors) {
    flat.set(values, offset);
    offset += values.length;
  }
  const metrics = Object.entries(learned);
  return {
    header: { stamp, frame_id: '' },
    version: BigInt(version),
    base_sha256,
    mode: modes[mode],
    view,
    action_scale,
    noise,
    gate_deviations,
    tensor_names: tensors.map(([name]) => name),
    tensor_sizes: Uint32Array.from(tensors, ([, values]) => values.length),
    weights: flat,
    metric_names: metrics.map(([name]) => name),
    metrics: Float32Array.from(metrics, ([, value]) => value),
  };
}

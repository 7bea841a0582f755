/** The critics of a residual: an ensemble that says what a residual is worth where it is added (ResFiT, section 3; REDQ). */
import { mlpForward, mlpSignature, tf, type MlpShape, type Signature, type Tensor } from '../engine/index.js';
import { seenSize, type ActorShape } from './residual-actor.js';

/** Prefix of the critics' tensors in states, checkpoints and policy updates. */
export const criticPrefix = 'critic';

/** Bound of the residual that critics see, in units of `action_scale`: demonstrations may be further from the base. */
const residualClip = 2;

/** Sizes of the ensemble: those of the actor it judges, and how many critics there are. */
export type CriticShape = ActorShape & { readonly num_q: number };

/** What is seen, base action, place in the chunk and residual in; one value per head out. */
export function criticNetwork(shape: CriticShape): MlpShape {
  const { action_size, hidden_size, layer_norm, num_q } = shape;
  const inputs = seenSize(shape) + 2 * action_size + 1;
  return { inputs, hidden: [hidden_size, hidden_size], outputs: 1, layerNorm: layer_norm, heads: num_q };
}

/** Names and shapes of the critics' tensors. */
export function criticSignature(shape: CriticShape): Signature {
  return mlpSignature(criticPrefix, criticNetwork(shape));
}

/** Rows of a batch that a residual is added to: what is seen, base action (normalised) and place in the chunk. */
export type CriticRows = { readonly seen: Tensor; readonly base: Tensor; readonly place: Tensor };

/**
 * Values of all heads, [heads, batch, 1].
 * @param params tensors of `criticSignature`, under `prefix`
 * @param residual [batch, action_size], in units of `action_scale`
 */
export function criticValues(
  params: Readonly<Record<string, Tensor>>,
  shape: CriticShape,
  { seen, base, place }: CriticRows,
  residual: Tensor,
  prefix = criticPrefix,
): Tensor {
  const clipped = tf.clipByValue(residual, -residualClip, residualClip);
  return mlpForward(prefix, criticNetwork(shape), params, tf.concat([seen, base, place, clipped], 1));
}

/**
 * The residual that is left once base + residual is clamped as `combine` does (combination.ts): critics judge what is
 * executed and stored, not what was asked for. In and out in units of `scale`, a scalar.
 */
export function executable(direction: Tensor, base: Tensor, scale: Tensor | number): Tensor {
  const sum = tf.add(base, tf.mul(direction, scale));
  const clamped = tf.minimum(tf.maximum(sum, tf.minimum(base, -1)), tf.maximum(base, 1));
  return tf.div(tf.sub(clamped, base), scale);
}

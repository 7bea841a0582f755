import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { gradients } from './gradients.js';
import { runNative, sumSquares } from './layers.js';
import { tracesNative } from './onnx/backend.js';
import { NATIVE } from './onnx/kernels-native.js';
import * as tf from './tf.js';
import type { Signature, TensorSpec, Values } from './types.js';
import { sizeOf } from './values.js';

/** Settings of AdamW. */
export type AdamwSettings = {
  /** A number, or a scalar tensor fed at every step (a schedule). */
  readonly learningRate: number | Tensor;
  /** Decoupled: weights shrink by learningRate * weightDecay a step; default 0. */
  readonly weightDecay?: number;
  /** Gradients are scaled so that their global norm is at most this; default none. */
  readonly maxGradNorm?: number;
  /** Decay of the first moment, default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment, default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment, default 1e-8. */
  readonly epsilon?: number;
};

/** What one update gives. */
export type AdamwResult = {
  /** The new parameters, under the names of the old. */
  readonly params: Record<string, Tensor>;
  /** The new moments and step count, under the names of `adamwSignature`. */
  readonly state: Record<string, Tensor>;
  readonly loss: Scalar;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: Scalar;
};

/** The optimiser's state: `<prefix>/m/<name>` and `<prefix>/v/<name>` like each parameter, and the step count `<prefix>/t` []. */
export function adamwSignature(prefix: string, params: Signature): Signature {
  const specs: Record<string, TensorSpec> = { [`${prefix}/t`]: { shape: [] } };
  for (const [name, spec] of Object.entries(params)) {
    specs[`${prefix}/m/${name}`] = spec;
    specs[`${prefix}/v/${name}`] = spec;
  }
  return specs;
}

/** The state before the first step: zeros. */
export function adamwInitial(prefix: string, params: Signature): Values {
  const specs = Object.entries(adamwSignature(prefix, params));
  return Object.fromEntries(specs.map(([name, spec]) => [name, new Float32Array(sizeOf(spec.shape))]));
}

/**
 * One step of AdamW (Loshchilov & Hutter 2019, algorithm 2) down `loss`, with the gradient's global norm clipped
 * (Pascanu et al. 2013). The state holds m / (1 - beta1) and v / (1 - beta2), which saves two passes over the weights; the
 * missing factors go into the step size and epsilon.
 * @param prefix names the optimiser's state in `tensors`
 * @param params what to improve, by name
 * @param loss a function of tensors of those names to a scalar
 * @param tensors where the optimiser's state is found
 */
export function adamwUpdate(
  prefix: string,
  params: Readonly<Record<string, Tensor>>,
  loss: (params: Record<string, Tensor>) => Tensor,
  tensors: Readonly<Record<string, Tensor>>,
  settings: AdamwSettings,
): AdamwResult {
  const { value, grads } = gradients(loss, params);
  const gradNorm = globalNorm(Object.values(grads));
  const scale = settings.maxGradNorm === undefined ? undefined : clipFactor(gradNorm, settings.maxGradNorm);
  const t = tf.add(tensors[`${prefix}/t`], 1);
  const factors = { ...stepFactors(t, settings), scale };
  const next: Record<string, Tensor> = {};
  const state: Record<string, Tensor> = { [`${prefix}/t`]: t };
  for (const [name, param] of Object.entries(params)) {
    const [mName, vName] = [`${prefix}/m/${name}`, `${prefix}/v/${name}`];
    const old = { param, m: tensors[mName], v: tensors[vName], grad: grads[name] };
    [next[name], state[mName], state[vName]] = step(old, factors, settings);
  }
  return { params: next, state, loss: value, gradNorm };
}

/** Scalars of a step; `scale` is of the gradient, `keep` what is left of a weight. */
type Factors = {
  readonly size: Tensor;
  readonly epsilon: Tensor;
  readonly keep: Tensor | undefined;
  readonly scale: Tensor | undefined;
};

/** The new parameter and moments; in one pass where the backend has it. */
function step(
  { param, m, v, grad }: Readonly<Record<'param' | 'm' | 'v' | 'grad', Tensor>>,
  { size, epsilon, keep, scale }: Factors,
  { beta1 = 0.9, beta2 = 0.999 }: AdamwSettings,
): [Tensor, Tensor, Tensor] {
  if (tracesNative()) {
    const one = tf.scalar(1);
    const scalars = { scale: scale ?? one, size, epsilon, keep: keep ?? one };
    const next = runNative(NATIVE.adamw, { param, m, v, grad, ...scalars }, { beta1, beta2 });
    return next as [Tensor, Tensor, Tensor];
  }
  const scaled = scale === undefined ? grad : tf.mul(grad, scale);
  const first = tf.add(tf.mul(m, beta1), scaled);
  const second = tf.add(tf.mul(v, beta2), tf.square(scaled));
  const update = tf.div(tf.mul(first, size), tf.add(tf.sqrt(second), epsilon));
  return [tf.sub(keep === undefined ? param : tf.mul(param, keep), update), first, second];
}

/** Square root of the sum of squares over all tensors. */
export function globalNorm(tensors: readonly Tensor[]): Scalar {
  return tf.sqrt<Scalar>(tf.addN<Scalar>(tensors.map(sumSquares)));
}

/** min(1, limit / norm), as torch.nn.utils.clip_grad_norm_. */
function clipFactor(norm: Tensor, limit: number): Tensor {
  return tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);
}

/** Scalars of the step `t`, with the moments' missing (1 - beta) and the bias corrections in them. */
function stepFactors(
  t: Tensor,
  { learningRate, weightDecay = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamwSettings,
): { size: Tensor; epsilon: Tensor; keep: Tensor | undefined } {
  const first = tf.div(1 - beta1, tf.sub(1, tf.pow(beta1, t)));
  const second = tf.sqrt(tf.div(1 - beta2, tf.sub(1, tf.pow(beta2, t))));
  return {
    size: tf.div(tf.mul(first, learningRate), second),
    epsilon: tf.div(epsilon, second),
    keep: weightDecay === 0 ? undefined : tf.sub(1, tf.mul(learningRate, weightDecay)),
  };
}

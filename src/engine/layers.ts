/** Layers whose gradients are written by hand, where that saves passes over memory. */
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { BACKEND_NAME, tracesNative } from './onnx/backend.js';
import { LAYER_NORM, SUM_SQUARES } from './onnx/kernels-linear.js';
import { NATIVE } from './onnx/kernels-native.js';
import * as tf from './tf.js';

/** Added to the variance in layer normalisation, as torch.nn.LayerNorm. */
const LAYER_NORM_EPSILON = 1e-5;

/** Rows of x [..., n] with mean 0 and variance 1 (Ba et al. 2016, eq. 4, without gain and bias). */
export const layerNorm: (x: Tensor) => Tensor = tf.customGrad((x, save) => {
  const [y, inverse] = normalised(x as Tensor);
  (save as tf.GradSaveFunc)([y, inverse]);
  const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
    const [rows, scale] = saved;
    const along = tf.mean(tf.mul(dy, rows), -1, true);
    const centred = tf.sub(dy, tf.mean(dy, -1, true));
    return tf.mul(tf.sub(centred, tf.mul(rows, along)), scale);
  };
  return { value: y, gradFunc };
});

/** Normalised rows and inverse standard deviations [..., 1]. */
function normalised(x: Tensor): [Tensor, Tensor] {
  if (tf.getBackend() === BACKEND_NAME) {
    const out: unknown = tf.engine().runKernel(LAYER_NORM, { x }, { epsilon: LAYER_NORM_EPSILON });
    return out as [Tensor, Tensor];
  }
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), LAYER_NORM_EPSILON));
  return [tf.mul(centred, inverse), inverse];
}

/**
 * One product per head: x [heads, batch, in], or [1, batch, in] seen by all heads, times w [heads, in, out].
 * tfjs multiplies with broadcast batches, but its gradient does not sum over them.
 */
export const headProduct: (x: Tensor, w: Tensor) => Tensor = tf.customGrad((x, w, save) => {
  (save as tf.GradSaveFunc)([x as Tensor, w as Tensor]);
  const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
    const [input, weight] = saved;
    const dx = tf.matMul(dy, weight, false, true);
    const shared = input.shape[0] === 1 && weight.shape[0] !== 1;
    return [shared ? tf.sum(dx, 0, true) : dx, tf.matMul(input, dy, true, false)];
  };
  return { value: tf.matMul(x as Tensor, w as Tensor), gradFunc };
});

/** Sum of the squares of all elements, in one pass where the backend has it. Has no gradient. */
export function sumSquares(x: Tensor): Scalar {
  if (tf.getBackend() !== BACKEND_NAME) return tf.sum(tf.square(x));
  const out: unknown = tf.engine().runKernel(SUM_SQUARES, { x });
  return out as Scalar;
}

/** What follows the product and the bias of a layer. */
export type DenseOptions = {
  /** rows get mean 0 and variance 1 */
  readonly normalise: boolean;
  readonly rectify: boolean;
};

/**
 * A layer: x [batch, in] times w [in, out], plus bias [out]; or one such layer per head, with w [heads, in, out], bias
 * [heads, 1, out] and x [heads, batch, in] or [1, batch, in]. Then layer norm and ReLU where they are asked for.
 */
export function dense(x: Tensor, w: Tensor, bias: Tensor, options: DenseOptions): Tensor {
  if (tracesNative()) return nativeDense(x, w, bias, options);
  let y: Tensor = tf.add(w.rank === 3 ? headProduct(x, w) : tf.matMul(x, w), bias);
  if (options.normalise) y = layerNorm(y);
  return options.rectify ? tf.relu(y) : y;
}

function nativeDense(x: Tensor, w: Tensor, bias: Tensor, { normalise, rectify }: DenseOptions): Tensor {
  const flags = { normalise: Number(normalise), rectify: Number(rectify) };
  const layer = tf.customGrad((x, w, bias, save) => {
    const given = [x, w, bias] as Tensor[];
    const [y, ...kept] = runNative(
      NATIVE.dense,
      { x: given[0], w: given[1], bias: given[2] },
      {
        ...flags,
        epsilon: LAYER_NORM_EPSILON,
      },
    );
    (save as tf.GradSaveFunc)([given[0], given[1], y, ...kept]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [input, weight, output, hat, inverse] = saved;
      const back = normalise ? { dy, y: output, hat, inverse } : { dy, y: output };
      const dz = normalise || rectify ? runNative(NATIVE.denseBack, back, flags)[0] : dy;
      const [dx] = runNative(NATIVE.denseInputGradient, { dz, w: weight });
      const [dw, dbias] = runNative(NATIVE.denseWeightGradient, { x: input, dz });
      const shared = weight.rank === 3 && input.shape[0] === 1 && weight.shape[0] !== 1;
      return [shared ? tf.sum(dx, 0, true) : dx, dw, dbias];
    };
    return { value: y, gradFunc };
  });
  return layer(x, w, bias);
}

/** a (1 - t) + b t, in one pass where the backend has it. Has no gradient. */
export function lerp(a: Tensor, b: Tensor, t: number): Tensor {
  if (tracesNative()) return runNative(NATIVE.lerp, { a, b }, { t })[0];
  return tf.add(tf.mul(a, 1 - t), tf.mul(b, t));
}

/** Runs a kernel that only the native engine has. @returns its results */
export function runNative(
  kernel: string,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: Readonly<Record<string, number>> = {},
): Tensor[] {
  const out: unknown = tf.engine().runKernel(kernel, inputs, attributes);
  return (Array.isArray(out) ? out : [out]) as Tensor[];
}

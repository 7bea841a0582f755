/** Layers whose gradients are written by hand, where that saves passes over memory. */
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { BACKEND_NAME } from './onnx/backend.js';
import { LAYER_NORM, SUM_SQUARES } from './onnx/kernels-linear.js';
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

import type { Scalar, Tensor } from '@tensorflow/tfjs';
import * as tf from './tf.js';

/**
 * The value and gradient of `loss` at `params`.
 * @returns the loss, a scalar, and per parameter the derivative of the loss, of the parameter's shape
 * @throws Error naming parameters the loss does not depend on
 */
export function gradients(
  loss: (params: Record<string, Tensor>) => Tensor,
  params: Readonly<Record<string, Tensor>>,
): { value: Scalar; grads: Record<string, Tensor> } {
  const names = Object.keys(params);
  const byName = (tensors: readonly Tensor[]): Record<string, Tensor> =>
    Object.fromEntries(names.map((name, index) => [name, tensors[index]]));
  const derive = tf.valueAndGrads((...tensors: Tensor[]) => loss(byName(tensors)) as Scalar);
  const { value, grads } = derive(names.map((name) => params[name]));
  return { value: value, grads: byName(grads) };
}

import type { Tensor } from '@tensorflow/tfjs';
import * as tf from './tf.js';

/**
 * Blocks of `size` x `size` pixels as the channels of one: [batch, height, width, c] to
 * [batch, height / size, width / size, size * size * c], by row, column and channel within a block. What does not fill a block at
 * the right and at the bottom is cut off.
 */
export function spaceToDepth(x: Tensor, size: number): Tensor {
  const [batch, height, width] = x.shape;
  const depth = x.shape[3] ?? 0;
  const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
  const isWhole = rows * size === height && columns * size === width;
  const whole = isWhole ? x : tf.slice(x, [0, 0, 0, 0], [batch, rows * size, columns * size, depth]);
  const split = tf.reshape(whole, [batch, rows, size, columns, size * depth]);
  const together = tf.transpose(split, [0, 1, 3, 2, 4]);
  return tf.reshape(together, [batch, rows, columns, size * size * depth]);
}

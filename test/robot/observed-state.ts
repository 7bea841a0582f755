import type { Observed } from '../../src/robot/image-spec.js';

/** An observation of numbers alone, without images. */
export function observedState(...state: readonly number[]): Observed {
  return { state: Float32Array.from(state), images: [] };
}

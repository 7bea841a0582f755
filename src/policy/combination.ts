/** How a residual and its noise are added to the base action, in normalised units. */
import type { Random } from '../engine/index.js';

/** How the robot acts: base alone, base with uniform warm-up noise, or base with the learned residual. */
export type ActingMode = 'base' | 'warmup' | 'policy';

/**
 * base + residual, clamped to [-1, 1]; joints whose base action lies outside that range may stay where it is.
 * @param base normalised; @param residual normalised
 */
export function combine(base: Float32Array, residual: Float32Array): Float32Array {
  return base.map((value, i) =>
    Math.min(Math.max(1, value), Math.max(Math.min(-1, value), value + residual[i])),
  );
}

/** Uniform noise in [-halfWidth, halfWidth] per joint, for the warm-up. */
export function uniformNoise(size: number, halfWidth: number, random: Random): Float32Array {
  return Float32Array.from({ length: size }, () => halfWidth * (2 * random.uniform() - 1));
}

/** scale * direction plus Gaussian exploration noise, bounded to ±scale again. */
export function exploringResidual(
  direction: Float32Array,
  scale: number,
  std: number,
  random: Random,
): Float32Array {
  return direction.map((value) => {
    const noise = std === 0 ? 0 : std * random.normal();
    return Math.min(scale, Math.max(-scale, scale * value + noise));
  });
}

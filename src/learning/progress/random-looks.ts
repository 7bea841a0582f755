/** Images as a network in training is fed them: moved a little, under another light. */
import type { Random } from '../../engine/index.js';
import { copyShifted, drawShift } from '../../policy/image-shift.js';
import { channelsOf, type ImageSpec } from '../../robot/image-spec.js';

export type LookSettings = {
  /** Images are moved by up to so many pixels each way. */
  readonly random_shift: number;
  /** Brightness is multiplied by 1 plus or minus up to this, each colour by 1 plus or minus up to a third of it. */
  readonly random_light: number;
};

/** Pixels of a batch, -0.5 to 0.5: [batch, height, width, channels]. */
export function randomLooks(
  images: readonly Uint8Array[],
  spec: ImageSpec,
  { random_shift, random_light }: LookSettings,
  random: Random,
): Float32Array {
  const { width, height } = spec;
  const size = { width, height, channels: channelsOf(spec) };
  const length = width * height * size.channels;
  const all = new Float32Array(images.length * length);
  images.forEach((image, row) => {
    copyShifted(image, size, drawShift(random_shift, random), all, row * length);
    light(all.subarray(row * length, (row + 1) * length), size.channels, random_light, random);
  });
  return all;
}

/** Bytes to -0.5 to 0.5, in place. */
function light(pixels: Float32Array, channels: number, most: number, random: Random): void {
  const draw = (range: number): number => 1 + range * (2 * random.uniform() - 1);
  const brightness = draw(most);
  const gains = Array.from({ length: channels }, () => (brightness * draw(most / 3)) / 255);
  for (let i = 0; i < pixels.length; i += channels)
    for (let channel = 0; channel < channels; channel++)
      pixels[i + channel] = Math.min(1, pixels[i + channel] * gains[channel]) - 0.5;
}

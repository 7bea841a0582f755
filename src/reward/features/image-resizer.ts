/** Observed images in the size that a network takes. */
import { channelsOf, type ImageSpec } from '../../robot/image-spec.js';

/** What a resized image is like. */
export type ImageSize = Pick<ImageSpec, 'width' | 'height' | 'encoding'>;

/** The old pixels that a new one is made of, along one axis: the first of them and their shares. */
type Taps = { readonly first: number; readonly shares: readonly number[] };

/** Shares of red, green and blue in brightness (ITU-R BT.601). */
const brightness = [0.299, 0.587, 0.114] as const;

/**
 * Linear interpolation where an image grows. Where it shrinks, the same triangle is as wide as the new pixels, so that nothing between
 * samples is lost.
 */
export class ImageResizer {
  readonly #columns: readonly Taps[];
  readonly #rows: readonly Taps[];

  constructor(
    private readonly from: ImageSize,
    private readonly to: ImageSize,
  ) {
    this.#columns = tapsOf(from.width, to.width);
    this.#rows = tapsOf(from.height, to.height);
  }

  /** @param pixels row-major, channels last, as the result */
  resize(pixels: Uint8Array): Uint8Array {
    const { from, to } = this;
    const channels = channelsOf(from);
    const stride = to.width * channels;
    // Columns first: [from.height, to.width, channels].
    const narrow = new Float32Array(from.height * stride);
    for (let y = 0; y < from.height; y++)
      for (const [x, { first, shares }] of this.#columns.entries())
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          let at = (y * from.width + first) * channels + channel;
          for (const share of shares) {
            sum += share * pixels[at];
            at += channels;
          }
          narrow[y * stride + x * channels + channel] = sum;
        }
    const out = new Uint8Array(to.height * stride);
    for (const [y, { first, shares }] of this.#rows.entries())
      for (let i = 0; i < stride; i++) {
        let sum = 0;
        for (const [row, share] of shares.entries()) sum += share * narrow[(first + row) * stride + i];
        out[y * stride + i] = Math.round(sum);
      }
    return channelsOf(to) === channels ? out : recoloured(out, channels);
  }
}

function tapsOf(size: number, count: number): Taps[] {
  const step = size / count;
  const reach = Math.max(1, step);
  return Array.from({ length: count }, (_, i) => {
    const centre = (i + 0.5) * step;
    const first = Math.max(0, Math.ceil(centre - reach - 0.5));
    const last = Math.min(size - 1, Math.floor(centre + reach - 0.5));
    const weights = Array.from(
      { length: last - first + 1 },
      (_, j) => 1 - Math.abs(first + j + 0.5 - centre) / reach,
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, shares: weights.map((weight) => weight / sum) };
  });
}

/** Brightness as three equal colours, or colours as their brightness. */
function recoloured(pixels: Uint8Array, channels: number): Uint8Array {
  if (channels === 1)
    return Uint8Array.from({ length: 3 * pixels.length }, (_, i) => pixels[Math.floor(i / 3)]);
  const [r, g, b] = brightness;
  return Uint8Array.from({ length: pixels.length / 3 }, (_, i) =>
    Math.round(r * pixels[3 * i] + g * pixels[3 * i + 1] + b * pixels[3 * i + 2]),
  );
}

/** Whether a moment's images can be judged at all. */
import { imageBytes, type ImageSpec } from '../../robot/image-spec.js';
import type { Clip, Moment } from '../judgement.js';

/** An image whose brightness deviates less than this shows nothing: a covered lens, a camera without light; bytes. */
const leastDeviation = 2;

/** Every so many bytes are looked at; odd, so that all colours are among them. */
const stride = 7;

/** What a critic that looks at images can judge. */
export class Sight {
  /** why a moment cannot be judged; empty if it can */
  readonly #reasons = new WeakMap<Moment, string>();

  constructor(private readonly images: readonly ImageSpec[]) {}

  /** Why a moment cannot be judged, or undefined if it can. */
  unseen(moment: Moment): string | undefined {
    let reason = this.#reasons.get(moment);
    if (reason === undefined) this.#reasons.set(moment, (reason = this.#look(moment)));
    return reason === '' ? undefined : reason;
  }

  /** Those of a clip's moments that can be judged. */
  seen({ moments }: Clip): readonly Moment[] {
    return moments.filter((moment) => this.unseen(moment) === undefined);
  }

  #look({ observed }: Moment): string {
    if (observed.images.length !== this.images.length)
      return `${observed.images.length} images came, expected ${this.images.length}`;
    for (const [i, spec] of this.images.entries()) {
      const pixels = observed.images[i];
      if (pixels.length !== imageBytes(spec))
        return `the image of ${spec.camera} has ${pixels.length} bytes, expected ${imageBytes(spec)}`;
      if (deviation(pixels) < leastDeviation) return `the image of ${spec.camera} shows nothing`;
    }
    return '';
  }
}

function deviation(pixels: Uint8Array): number {
  let [sum, squares, count] = [0, 0, 0];
  for (let i = 0; i < pixels.length; i += stride) {
    sum += pixels[i];
    squares += pixels[i] ** 2;
    count++;
  }
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}

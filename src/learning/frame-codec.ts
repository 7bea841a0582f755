/**
 * Lossless compression of one image: differences to the pixel above, colours as differences to green, then deflate. What is left of
 * rendered and of noisy images is mostly small numbers, so runs and Huffman codes take fewer bytes than deflate's search for
 * repeats, and less time to write.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { channelsOf, imageBytes, type ImageSpec } from '../robot/image-spec.js';

/** Room that deflate may need beyond the image itself, bytes; with it one call fills one buffer. */
const margin = 256;

/** Packs and unpacks images of one size. */
export class FrameCodec {
  readonly #row: number;
  readonly #isColour: boolean;
  readonly #differences: Uint8Array;
  readonly #chunkSize: number;

  constructor(spec: ImageSpec) {
    this.#row = spec.width * channelsOf(spec);
    this.#isColour = channelsOf(spec) === 3;
    this.#differences = new Uint8Array(imageBytes(spec));
    this.#chunkSize = imageBytes(spec) + margin;
  }

  /** @param image row-major pixels @returns the packed image, in an array of its own */
  pack(image: Uint8Array): Uint8Array {
    const differences = this.#differences;
    differences.set(image);
    for (let i = this.#row; i < image.length; i++) differences[i] -= image[i - this.#row];
    if (this.#isColour) {
      for (let i = 0; i < differences.length; i += 3) {
        differences[i] -= differences[i + 1];
        differences[i + 2] -= differences[i + 1];
      }
    }
    const { Z_RLE } = constants;
    return new Uint8Array(
      deflateRawSync(differences, { level: 1, strategy: Z_RLE, chunkSize: this.#chunkSize }),
    );
  }

  /** Writes the image that `packed` holds to the start of `into`. */
  unpack(packed: Uint8Array, into: Uint8Array): void {
    into.set(inflateRawSync(packed, { chunkSize: this.#chunkSize }));
    if (this.#isColour) {
      for (let i = 0; i < into.length; i += 3) {
        into[i] += into[i + 1];
        into[i + 2] += into[i + 1];
      }
    }
    for (let i = this.#row; i < into.length; i++) into[i] += into[i - this.#row];
  }
}

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
  readonly #isColour: boolean;
  readonly #row: number;
  readonly #size: number;
  /** An image below a row of zeros, so that its first row has one above it too. */
  readonly #padded: Uint8Array;
  readonly #image: Uint8Array;
  readonly #differences: Uint8Array;

  constructor(spec: ImageSpec) {
    this.#isColour = channelsOf(spec) === 3;
    this.#row = spec.width * channelsOf(spec);
    this.#size = imageBytes(spec);
    this.#padded = new Uint8Array(this.#row + this.#size);
    this.#image = this.#padded.subarray(this.#row);
    this.#differences = new Uint8Array(this.#size);
  }

  /** @param image row-major pixels @returns the packed image, in an array of its own */
  pack(image: Uint8Array): Uint8Array {
    this.#image.set(image);
    const [above, differences] = [this.#padded, this.#differences];
    if (this.#isColour) {
      for (let i = 0; i < this.#size; i += 3) {
        const green = image[i + 1] - above[i + 1];
        differences[i] = image[i] - above[i] - green;
        differences[i + 1] = green;
        differences[i + 2] = image[i + 2] - above[i + 2] - green;
      }
    } else {
      for (let i = 0; i < this.#size; i++) differences[i] = image[i] - above[i];
    }
    const chunkSize = this.#size + margin;
    const packed = deflateRawSync(differences, { level: 1, strategy: constants.Z_RLE, chunkSize });
    return new Uint8Array(packed);
  }

  /** @returns the image that `packed` holds, valid until the next call of this codec */
  unpack(packed: Uint8Array): Uint8Array {
    const differences = inflateRawSync(packed, { chunkSize: this.#size + margin });
    const [above, image] = [this.#padded, this.#image];
    if (this.#isColour) {
      for (let i = 0; i < this.#size; i += 3) {
        const green = differences[i + 1];
        image[i] = above[i] + differences[i] + green;
        image[i + 1] = above[i + 1] + green;
        image[i + 2] = above[i + 2] + differences[i + 2] + green;
      }
    } else {
      for (let i = 0; i < this.#size; i++) image[i] = above[i] + differences[i];
    }
    return image;
  }
}

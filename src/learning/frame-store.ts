/** The images of a replay's rows: each is held once, however many transitions see it. */
import { channelsOf, imageBytes, type ImageSpec } from '../robot/image-spec.js';
import { FrameCodec } from './frame-codec.js';
import { copyShifted, noShift, type ImageSize, type PixelArray, type Shift } from '../policy/image-shift.js';

export type FrameStoreOptions = {
  /** Whether images are packed without loss: less memory, more time. */
  readonly compressed: boolean;
};

/** Where the images of rows are held, by row and camera. */
type Rows = {
  readonly bytes: number;
  readonly bytesPerRow: number;
  set(row: number, images: readonly Uint8Array[]): void;
  /** The image, valid until the next call. */
  get(row: number, camera: number): Uint8Array;
};

/** Images by row and camera: 8-bit pixels, in the order and of the sizes of `images`. */
export class FrameStore {
  readonly #rows: Rows;
  readonly #sizes: readonly ImageSize[];

  /**
   * @param capacity rows that it can hold; memory is taken as they arrive
   * @param images of a row, in order; may be empty
   */
  constructor(
    readonly capacity: number,
    readonly images: readonly ImageSpec[],
    { compressed }: FrameStoreOptions,
  ) {
    this.#rows = compressed ? new PackedRows(images) : new RawRows(capacity, images);
    this.#sizes = images.map((spec) => ({
      width: spec.width,
      height: spec.height,
      channels: channelsOf(spec),
    }));
  }

  /** Bytes taken for images so far. */
  get bytes(): number {
    return this.#rows.bytes;
  }

  /** Bytes that the images of one row take; compressed the mean of the rows held, and before the first their size unpacked. */
  get bytesPerRow(): number {
    return this.#rows.bytesPerRow;
  }

  /** @throws Error if the number of a row's images or the size of one is not that of the specification */
  check(images: readonly Uint8Array[]): void {
    if (images.length !== this.images.length)
      throw new Error(`an observation has ${images.length} images, expected ${this.images.length}`);
    images.forEach(({ length }, camera) => {
      const spec = this.images[camera];
      if (length !== imageBytes(spec))
        throw new Error(`an image of ${spec.camera} has ${length} bytes, expected ${imageBytes(spec)}`);
    });
  }

  /** Puts a row's images in the place of those that it had. @param images as `check` lets them pass, row-major pixels */
  set(row: number, images: readonly Uint8Array[]): void {
    this.#rows.set(row, images);
  }

  /** Copies an image of a row that was set to `into` from its element `at` on, shifted. */
  read(row: number, camera: number, into: PixelArray, at: number, shift: Shift = noShift): void {
    copyShifted(this.#rows.get(row, camera), this.#sizes[camera], shift, into, at);
  }
}

/** Bytes that are taken at a time: typed arrays end at 4 GB, and a replay that stays small should take little. */
const blockBytes = 8 * 2 ** 20;

/** Images as they are, in blocks of many rows. */
class RawRows implements Rows {
  readonly bytesPerRow: number;
  readonly #sizes: readonly number[];
  readonly #offsets: readonly number[];
  readonly #rowsPerBlock: number;
  readonly #blocks: (Uint8Array | undefined)[] = [];
  #bytes = 0;

  constructor(
    private readonly capacity: number,
    images: readonly ImageSpec[],
  ) {
    const sizes = images.map(imageBytes);
    this.#sizes = sizes;
    this.#offsets = sizes.map((_, i) => sum(sizes.slice(0, i)));
    this.bytesPerRow = sum(sizes);
    this.#rowsPerBlock = Math.max(1, Math.min(capacity, Math.floor(blockBytes / this.bytesPerRow)));
  }

  get bytes(): number {
    return this.#bytes;
  }

  set(row: number, images: readonly Uint8Array[]): void {
    const block = this.#blockOf(row);
    const start = this.#startOf(row);
    images.forEach((image, camera) => block.set(image, start + this.#offsets[camera]));
  }

  get(row: number, camera: number): Uint8Array {
    const start = this.#startOf(row) + this.#offsets[camera];
    return this.#blockOf(row).subarray(start, start + this.#sizes[camera]);
  }

  #startOf(row: number): number {
    return (row % this.#rowsPerBlock) * this.bytesPerRow;
  }

  #blockOf(row: number): Uint8Array {
    const i = Math.floor(row / this.#rowsPerBlock);
    const held = this.#blocks[i];
    if (held !== undefined) return held;
    const rows = Math.min(this.#rowsPerBlock, this.capacity - i * this.#rowsPerBlock);
    const block = new Uint8Array(rows * this.bytesPerRow);
    this.#blocks[i] = block;
    this.#bytes += block.length;
    return block;
  }
}

/** Images packed one by one. */
class PackedRows implements Rows {
  readonly #codecs: readonly FrameCodec[];
  readonly #rows: Uint8Array[][] = [];
  #held = 0;
  #bytes = 0;

  constructor(private readonly images: readonly ImageSpec[]) {
    this.#codecs = images.map((spec) => new FrameCodec(spec));
  }

  get bytes(): number {
    return this.#bytes;
  }

  get bytesPerRow(): number {
    return this.#held === 0 ? sum(this.images.map(imageBytes)) : this.#bytes / this.#held;
  }

  set(row: number, images: readonly Uint8Array[]): void {
    const before = this.#rows[row];
    if (before === undefined) this.#held++;
    else this.#bytes -= sum(before.map(({ length }) => length));
    const packed = images.map((image, camera) => this.#codecs[camera].pack(image));
    this.#rows[row] = packed;
    this.#bytes += sum(packed.map(({ length }) => length));
  }

  get(row: number, camera: number): Uint8Array {
    return this.#codecs[camera].unpack(this.#rows[row][camera]);
  }
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}

/** The newest frames of one camera, to be paired with joints by stamp. */

/** A camera's frame as it is observed: fitted pixels, and the camera's own stamp [ns] and optical frame. */
export type CameraFrame = {
  readonly stamp: bigint;
  readonly frame_id: string;
  readonly pixels: Uint8Array;
  /** false: no policy may act on it (`FrameJudge`) */
  readonly usable: boolean;
};

/** Frames kept unless more are asked for: 130 ms of a 60 Hz camera, of which joints that come later than images need a few. */
const keptFrames = 8;

export class FrameHistory {
  /** usable ones, in the order of arrival */
  #frames: CameraFrame[] = [];
  #unusable: CameraFrame | undefined;

  constructor(private readonly kept = keptFrames) {}

  /** A frame of the same stamp takes the place of the one before: simulated sensors may be sent again. */
  add(frame: CameraFrame): void {
    if (!frame.usable) {
      this.#unusable = frame;
      return;
    }
    this.#frames = this.#frames.filter(({ stamp }) => stamp !== frame.stamp);
    this.#frames.push(frame);
    if (this.#frames.length > this.kept) this.#frames.shift();
  }

  /** The frame of that very stamp, usable or not. */
  at(stamp: bigint): CameraFrame | undefined {
    return [...this.#frames, this.#unusable].find((frame) => frame?.stamp === stamp);
  }

  /**
   * The usable frame with the latest stamp that is not after `stamp`; where all are after it (joints that stopped, or a
   * camera whose clock is another) the earliest. Undefined if there was none yet.
   */
  latest(stamp: bigint): CameraFrame | undefined {
    const inOrder = [...this.#frames].sort((a, b) => Number(a.stamp - b.stamp));
    return inOrder.findLast((frame) => frame.stamp <= stamp) ?? inOrder[0];
  }
}

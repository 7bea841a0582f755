/**
 * Whether a camera's frame may be observed. A camera fails in more ways than by silence: it sends the same frame again and
 * again, black ones, broken ones, or stamps that are not comparable with those of the joints. Pure: stamps and joints come
 * as arguments.
 */
import { fitImage, imageProblem, type CameraImage } from './image-fitting.js';
import type { ImageSpec } from './image-spec.js';

/** So far apart, s, stamps cannot be of one clock; no camera takes that long. */
const otherClockBehind = 10;
/** Images that are so much newer than the joints, s, come from the future: joints take less time than images. */
const otherClockAhead = 1;
/** So many identical frames in a row are remarkable: the noise of a sensor differs from frame to frame. */
const identicalFrames = 5;
/** A joint that moved by so much meanwhile, rad (m), makes them impossible, wherever the camera sees the robot. */
const movedBy = 0.05;
/** Shapes that differ by no more than this share are the same: sizes are whole pixels. */
const sameShape = 0.03;
/** Black in video levels (ITU-R BT.601): nothing above it is no image. */
const black = 16;

/** What is known of the joints when a frame comes. */
export type JointsNow = {
  /** what the clock of their stamps shows, ns */
  readonly clock: bigint;
  /** rad (m), of the same joints in the same order each time */
  readonly positions: readonly number[];
};

/** `remark` says in a few words what is wrong or odd; it is empty where nothing is. */
export type FrameVerdict = { readonly usable: boolean; readonly remark: string };

const fine: FrameVerdict = { usable: true, remark: '' };

/** Frames with the same bytes one after the other: how many, the stamp of the last, and the joints at the first. */
type Row = {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly stamp: bigint;
  readonly positions: readonly number[] | undefined;
};

/** Judges the frames of one camera, in the order in which they come. */
export class FrameJudge {
  #row: Row | undefined;

  /**
   * @param spec what is observed of the camera
   * @param aspect width by height of the camera's images where the policy learned: in images of another shape things have
   * another, without anything else to tell it by
   * @param rendersAnew the frames are drawn for their stamps by a simulator in lockstep: without noise, a scene in which
   * nothing that the camera sees moves gives the same image again, and the stamp proves that it is new
   */
  constructor(
    private readonly spec: ImageSpec,
    private readonly aspect: number,
    private readonly rendersAnew: boolean,
  ) {}

  /**
   * Judges a frame by its stamp and by what came before.
   * @param stamp ns
   * @param bytes as they came, compressed or not; kept until the next frame
   * @param joints undefined if none came yet
   */
  arrival(stamp: bigint, bytes: Uint8Array, joints: JointsNow | undefined): FrameVerdict {
    const last = this.#row;
    const row = rowWith(last, stamp, bytes, joints);
    this.#row = row;
    if (joints === undefined) return fine;
    const { clock, positions } = joints;
    if (isOfOtherClock(stamp, clock))
      return refused(`stamps of another clock: ${secondsOf(stamp)}, joint_states ${secondsOf(clock)}`);
    // Sensors that are sent again in lockstep come with joints that have the same stamp.
    if (stamp === last?.stamp && stamp < clock) return refused(`frozen: stamp ${secondsOf(stamp)} again`);
    if (row.length < identicalFrames) return fine;
    const remark = `${row.length} identical images`;
    const moved = farthest(row.positions ?? positions, positions);
    if (this.rendersAnew || moved <= movedBy) return { usable: true, remark };
    return refused(`frozen: ${remark}, while a joint moved by ${moved.toFixed(2)} rad`);
  }

  /** The observed image of a frame, without pixels if it cannot be observed at all. */
  content(image: CameraImage): FrameVerdict & { readonly pixels?: Uint8Array } {
    const problem = imageProblem(image, this.spec);
    if (problem !== undefined) return refused(problem);
    const { width, height } = image;
    if (Math.abs(width / height / this.aspect - 1) > sameShape)
      return refused(`${width} x ${height} pixels, expected ${this.aspect.toFixed(3)} times as wide as high`);
    const pixels = fitImage(image, this.spec);
    return { ...emptiness(pixels, this.spec), pixels };
  }
}

function rowWith(row: Row | undefined, stamp: bigint, bytes: Uint8Array, joints: JointsNow | undefined): Row {
  if (row === undefined || !isSame(bytes, row.bytes))
    return { bytes, length: 1, stamp, positions: joints?.positions };
  const length = row.length + (stamp === row.stamp ? 0 : 1);
  return { bytes, length, stamp, positions: row.positions ?? joints?.positions };
}

/** How far the joint that moved most is from where it was; a joint that is not known has not moved. */
function farthest(before: readonly number[], now: readonly number[]): number {
  return Math.max(0, ...now.map((position, i) => Math.abs(position - before[i])).filter(Number.isFinite));
}

/** Black colours, or depth without a measurement in range. */
function emptiness(pixels: Uint8Array, { range_m }: ImageSpec): FrameVerdict {
  if (range_m !== undefined)
    return pixels.some((value) => value < 255) ? fine : refused(`no depth below ${range_m[1]} m`);
  return pixels.some((value) => value > black) ? fine : refused(`black: no pixel above ${black} of 255`);
}

function refused(remark: string): FrameVerdict {
  return { usable: false, remark };
}

function isOfOtherClock(stamp: bigint, clock: bigint): boolean {
  const ahead = Number(stamp - clock) / 1e9;
  return ahead > otherClockAhead || -ahead > otherClockBehind;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** "12.345 s" */
function secondsOf(nanoseconds: bigint): string {
  return `${(Number(nanoseconds) / 1e9).toFixed(3)} s`;
}

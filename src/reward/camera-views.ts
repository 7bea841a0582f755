/** Images that critics see from cameras' own topics, where a reward file asks for others than the observation has. */
import { imageTopic, depthTopic } from '../robot/camera-topics.js';
import { FrameHistory, type CameraFrame } from '../robot/frame-history.js';
import { imageBytes, type ImageSpec } from '../robot/image-spec.js';
import { taskCamera, type Task } from '../sim/task.js';

/** A camera that critics look through. */
export type CameraView = {
  readonly spec: ImageSpec;
  /** without the transport */
  readonly topic: string;
  /** width by height of its images */
  readonly aspect: number;
};

/** What critics see at one moment. */
export type Views = {
  readonly images: readonly Uint8Array[];
  /** ns */
  readonly stamps: readonly bigint[];
  /** topics without an image that can be relied on */
  readonly stale: readonly string[];
};

/** An image that is older than so many control periods shows another moment. */
const oldestPeriods = 2;

/** @throws ConfigError naming the cameras that the task has, if one of the images is of none of them */
export function cameraViews(task: Task, images: readonly ImageSpec[]): CameraView[] {
  return images.map((spec) => {
    const { width, height } = taskCamera(task, spec.camera);
    const topicOf = spec.range_m === undefined ? imageTopic : depthTopic;
    return { spec, topic: topicOf(task.robot, spec.camera), aspect: width / height };
  });
}

/** Frames of each camera, chosen by stamp: the newest that is not later than half a control period after the observation. */
export class ViewTrack {
  readonly #histories: readonly FrameHistory[];
  readonly #newest: bigint[];
  /** ns */
  readonly #lead: bigint;
  readonly #oldest: bigint;

  /** @param period of control, s; @param kept frames of each camera */
  constructor(
    private readonly views: readonly CameraView[],
    period: number,
    kept?: number,
  ) {
    this.#histories = views.map(() => new FrameHistory(kept));
    this.#newest = views.map(() => -1n);
    this.#lead = BigInt(Math.round((1e9 * period) / 2));
    this.#oldest = BigInt(Math.round(1e9 * period * oldestPeriods));
  }

  /** @param view index of the camera */
  add(view: number, frame: CameraFrame): void {
    this.#histories[view].add(frame);
    if (frame.stamp > this.#newest[view]) this.#newest[view] = frame.stamp;
  }

  /** Whether each camera has shown something as late as the stamp [ns]: nothing nearer to it will come. */
  isComplete(stamp: bigint): boolean {
    return this.#newest.every((newest) => newest >= stamp);
  }

  /** What is seen at a stamp [ns]; black where there is nothing. */
  at(stamp: bigint): Views {
    const frames = this.#histories.map((history) => this.#choose(history, stamp));
    const stale = this.views.filter((_, i) => frames[i] === undefined).map(({ topic }) => topic);
    const images = frames.map((frame, i) => frame?.pixels ?? new Uint8Array(imageBytes(this.views[i].spec)));
    return { images, stamps: frames.flatMap((frame) => (frame === undefined ? [] : [frame.stamp])), stale };
  }

  #choose(history: FrameHistory, stamp: bigint): CameraFrame | undefined {
    const frame = history.latest(stamp + this.#lead);
    if (frame === undefined || frame.stamp > stamp + this.#lead) return undefined;
    return stamp - frame.stamp > this.#oldest ? undefined : frame;
  }
}

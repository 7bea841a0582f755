/** One camera of the observation: its topic, what is wrong with its frames, and the observed images that they give. */
import type { Header } from '../interfaces/graft-messages.js';
import { observedImageTopic, type ImageTransport } from '../robot/camera-topics.js';
import { decodeImage } from '../robot/compressed-image.js';
import type { CameraFrame } from '../robot/frame-history.js';
import { FrameJudge, type FrameVerdict, type JointsNow } from '../robot/frame-judge.js';
import type { CameraImage } from '../robot/image-fitting.js';
import type { ImageSpec } from '../robot/image-spec.js';
import type { RobotProfile } from '../robot/profile.js';
import { nanosecondsFromTime, type NodeContext } from '../ros/index.js';
import type { ClockMode } from './clock-mode.js';

/** Which camera, and how its images come. */
export type CameraSource = {
  readonly robot: RobotProfile;
  readonly spec: ImageSpec;
  /** width by height of its images */
  readonly aspect: number;
  readonly clock: ClockMode;
  readonly transport: ImageTransport;
};

/** What a camera needs of the rest of the observer. */
export type CameraPorts = {
  /** undefined until the first came */
  readonly joints: () => JointsNow | undefined;
  readonly onFrame: (frame: CameraFrame) => void;
};

/** A frame as it came. */
type Arrived = { readonly header: Header; readonly data: Uint8Array };

/** A compressed frame, and what was remarked on its arrival. */
type Undecoded = Arrived & { readonly verdict: FrameVerdict };

export class ObservedCamera {
  readonly topic: string;
  readonly #judge: FrameJudge;
  #remark = '';
  #frames = 0;
  #refused = 0;
  #isDecoding = false;
  /** The newest compressed frame that came while another was decoded; older ones are dropped. */
  #next: Undecoded | undefined;

  /** Subscribes to the camera's topic; best effort, which publishers of both kinds match. */
  constructor(
    private readonly context: Pick<NodeContext, 'node' | 'diagnostics'>,
    private readonly source: CameraSource,
    private readonly ports: CameraPorts,
  ) {
    const { robot, spec, aspect, clock } = source;
    this.#judge = new FrameJudge(spec, aspect, clock === 'lockstep');
    const { topic, transport } = observedImageTopic(robot, spec, source.transport);
    this.topic = topic;
    const { node } = context;
    if (transport === 'raw')
      node.subscription(topic, 'sensor_msgs/msg/Image', 'sensor', (image) => {
        const verdict = this.#arrived(image);
        if (verdict.usable) this.#observe(image.header, image, verdict);
      });
    else
      node.subscription(topic, 'sensor_msgs/msg/CompressedImage', 'sensor', ({ header, data }) => {
        const verdict = this.#arrived({ header, data });
        if (verdict.usable) return this.#decode({ header, data, verdict });
      });
  }

  /** Says how the camera is. @param isStale whether there is no image that an observation can rely on */
  report(isStale: boolean): void {
    const { diagnostics } = this.context;
    const silent = this.#frames === 0 ? 'no image yet' : 'no new image';
    const message = this.#remark === '' && isStale ? silent : this.#remark;
    const level = isStale ? 'ERROR' : message === '' ? 'OK' : 'WARN';
    diagnostics.set(`camera ${this.source.spec.camera}`, level, message === '' ? 'fresh' : message, {
      topic: this.topic,
      frames: this.#frames,
      refused: this.#refused,
    });
  }

  #arrived({ header, data }: Arrived): FrameVerdict {
    this.#frames++;
    const verdict = this.#judge.arrival(nanosecondsFromTime(header.stamp), data, this.ports.joints());
    if (!verdict.usable) this.#note(verdict);
    return verdict;
  }

  #note({ usable, remark }: FrameVerdict): void {
    this.#remark = remark;
    if (!usable) this.#refused++;
  }

  /** @param arrival what was remarked on the frame's arrival; what is wrong with its content counts more */
  #observe({ stamp, frame_id }: Header, image: CameraImage, arrival: FrameVerdict): void {
    const { pixels, ...content } = this.#judge.content(image);
    this.#note(content.usable ? arrival : content);
    if (pixels === undefined) return;
    this.ports.onFrame({ stamp: nanosecondsFromTime(stamp), frame_id, pixels, usable: content.usable });
  }

  /** One at a time, so that a slow decoder drops frames and does not queue them. */
  async #decode(image: Undecoded): Promise<void> {
    this.#next = image;
    if (this.#isDecoding) return;
    this.#isDecoding = true;
    try {
      for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext())
        await this.#decodeOne(next);
    } finally {
      this.#isDecoding = false;
    }
  }

  #takeNext(): Undecoded | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }

  async #decodeOne({ header, data, verdict }: Undecoded): Promise<void> {
    const image = await decodeImage(data).catch((error: unknown) => String(error));
    if (typeof image !== 'string') this.#observe(header, image, verdict);
    else this.#note({ usable: false, remark: `cannot be decoded: ${image}` });
  }
}

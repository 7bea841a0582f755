/** Cameras' own topics in a bag, as critics see them. */
import { ConfigError } from '../config/config-error.js';
import type { CompressedImage, Image } from '../interfaces/graft-messages.js';
import { nanosecondsFromTime } from '../interfaces/ros-time.js';
import { decodeImage } from '../robot/compressed-image.js';
import { FrameJudge } from '../robot/frame-judge.js';
import { ViewTrack, type CameraView } from './camera-views.js';

/** Frames of each camera that are held: those of the few episodes that a clip assembler holds. */
const kept = 2000;

const imageType = 'sensor_msgs/msg/Image';
const compressedType = 'sensor_msgs/msg/CompressedImage';

export class RecordedCameras {
  readonly track: ViewTrack;
  readonly #judges: readonly FrameJudge[];
  /** view by topic of the bag */
  readonly #views = new Map<string, number>();

  /** @param period of control, s */
  constructor(
    private readonly views: readonly CameraView[],
    period: number,
  ) {
    this.track = new ViewTrack(views, period, kept);
    this.#judges = views.map(({ spec, aspect }) => new FrameJudge(spec, aspect, true));
  }

  /**
   * The bag's topics of the cameras, raw rather than compressed, whatever namespace they are in.
   * @throws ConfigError naming the first camera that the bag has no topic of
   */
  find(present: readonly { readonly name: string; readonly type: string }[], bag: string): string[] {
    this.#views.clear();
    this.views.forEach(({ topic }, i) => {
      const raw = present.find(({ name, type }) => isTopic(name, topic) && type === imageType);
      const compressed = present.find(
        ({ name, type }) => isTopic(name, `${topic}/compressed`) && type === compressedType,
      );
      const found = raw ?? compressed;
      if (found === undefined)
        throw new ConfigError(bag, topic, 'topic is missing: the reward file names its camera under images');
      this.#views.set(found.name, i);
    });
    return [...this.#views.keys()];
  }

  /** A frame that cannot be shown, or not be decoded, is as good as none. */
  async take(topic: string, message: Image | CompressedImage): Promise<void> {
    const view = this.#views.get(topic);
    if (view === undefined) return;
    const image = 'format' in message ? await decodeImage(message.data).catch(() => undefined) : message;
    if (image === undefined) return;
    const { pixels, usable } = this.#judges[view].content(image);
    if (pixels === undefined) return;
    const { stamp, frame_id } = message.header;
    this.track.add(view, { stamp: nanosecondsFromTime(stamp), frame_id, pixels, usable });
  }
}

function isTopic(name: string, relative: string): boolean {
  return name === relative || name.endsWith(`/${relative.replace(/^\//, '')}`);
}

/** The simulated cameras' topics: colour, depth and segmentation, each with its calibration. */
import { posix } from 'node:path';
import type { Header, Image, Time } from '../interfaces/graft-messages.js';
import { depthTopic, imageTopic } from '../robot/camera-topics.js';
import { opticalFrame } from '../robot/profile.js';
import type { GraftNode, NodeContext, Publisher } from '../ros/index.js';
import { CameraThread } from '../sim/camera/camera-thread.js';
import type { Compression, ThreadPicture } from '../sim/camera/camera-worker.js';
import { emptyFrame, FrameReader } from '../sim/camera/frame-state.js';
import { geomShapes, type GeomShapes } from '../sim/camera/geom-shapes.js';
import type { Layer } from '../sim/camera/renderer.js';
import { taskCamera, type Task } from '../sim/task.js';
import type { World } from '../sim/world.js';
import {
  colourMessage,
  compressedMessage,
  depthMessage,
  pinholeInfo,
  segmentationMessage,
  type ImageSize,
} from './camera-messages.js';
import type { ClockMode } from './clock-mode.js';

export type CameraParameters = {
  readonly clock: ClockMode;
  readonly cameras: readonly string[];
  readonly image_transports: readonly ('raw' | 'compressed')[];
  readonly compressed_format: Compression['format'];
  readonly jpeg_quality: number;
  readonly depth_cameras: readonly string[];
  readonly depth_encoding: '32FC1' | '16UC1';
  readonly segmentation_cameras: readonly string[];
};

/** Pictures a camera that may be outstanding in lockstep before the simulation waits. */
const maxOutstanding = 2;

type Camera = {
  readonly name: string;
  readonly reader: FrameReader;
  readonly size: ImageSize;
  readonly layers: readonly Layer[];
  readonly publish: (stamp: Time, intrinsics: Intrinsics, picture: ThreadPicture) => void;
};
type Intrinsics = Parameters<typeof pinholeInfo>[2];

/**
 * Draws and publishes pictures of the named cameras off the main thread; frames are `<camera>_optical_frame` (REP-103: z
 * forward, x right, y down). In realtime a new picture takes the place of one that still waits; in lockstep all are drawn, and
 * the simulation asks `isBusy` before it goes on.
 */
export class CameraPublishers {
  readonly #shapes: GeomShapes;
  readonly #cameras: readonly Camera[];
  readonly #thread: CameraThread;
  #closed = false;

  /**
   * @param delivered called when a picture is out
   * @param name under which it reports in the node's diagnostics
   * @throws ConfigError for a camera that the task file does not have
   */
  constructor(
    private readonly context: Pick<NodeContext, 'node' | 'diagnostics'>,
    private readonly parameters: CameraParameters,
    private readonly world: World,
    private readonly delivered: () => void,
    private readonly name: string,
  ) {
    const { cameras, depth_cameras, segmentation_cameras, clock } = parameters;
    const { mj, model } = world.physics;
    this.#shapes = geomShapes(mj, model);
    const names = [...new Set([...cameras, ...depth_cameras, ...segmentation_cameras])];
    this.#cameras = names.map((name) => this.#camera(name));
    const pictures = this.#cameras.map(({ size }) => ({ ...size, antialias: true }));
    this.#thread = new CameraThread(
      { shapes: this.#shapes, cameras: pictures },
      { newest: clock === 'realtime' },
    );
  }

  /** Whether so many pictures are outstanding that a simulation in lockstep should wait for them. */
  get isBusy(): boolean {
    return this.#thread.waiting > maxOutstanding * this.#cameras.length;
  }

  /** Takes a picture with each camera; `stamp` is the present state's, also where a camera is late and shows an earlier one. */
  publish(stamp: Time): void {
    const { compressed_format: format, jpeg_quality: quality, image_transports } = this.parameters;
    const compression = image_transports.includes('compressed') ? { compression: { format, quality } } : {};
    this.#cameras.forEach(({ name, reader, layers, publish }, camera) => {
      const frame = emptyFrame(this.#shapes.ids.length);
      reader.read(this.world.seenBy(name), frame);
      this.#thread.draw({ camera, frame, layers, ...compression }).then(
        (picture) => {
          if (picture !== undefined) publish(stamp, frame.intrinsics, picture);
          this.#report();
        },
        (error: unknown) => this.#report(error instanceof Error ? error.message : String(error)),
      );
    });
  }

  /** Ends the thread; pictures that are not drawn yet are not published. */
  close(): void {
    this.#closed = true;
    void this.#thread.close();
  }

  #report(fault?: string): void {
    if (this.#closed) return;
    const { dropped, restarts, waiting, lastError } = this.#thread;
    const level = fault !== undefined ? 'ERROR' : restarts > 0 ? 'WARN' : 'OK';
    const message = fault ?? (restarts > 0 ? `the drawing thread was started anew: ${lastError}` : 'drawing');
    this.context.diagnostics.set(this.name, level, message, { waiting, dropped, restarts });
    this.delivered();
  }

  #camera(name: string): Camera {
    const { task, physics } = this.world;
    const { cameras, depth_cameras, segmentation_cameras } = this.parameters;
    const { width, height } = taskCamera(task, name);
    const layers: Layer[] = [];
    if (cameras.includes(name)) layers.push('colour');
    if (depth_cameras.includes(name)) layers.push('depth');
    if (segmentation_cameras.includes(name)) layers.push('segmentation');
    const { mj, model, patterns } = physics;
    const options = { camera: name, width, height, patterns };
    const reader = new FrameReader(mj, model, this.#shapes, options);
    return {
      name,
      reader,
      size: { width, height },
      layers,
      publish: this.#publisher(name, layers, { width, height }),
    };
  }

  #publisher(name: string, layers: readonly Layer[], size: ImageSize): Camera['publish'] {
    const { node } = this.context;
    const { image_transports, compressed_format, depth_encoding } = this.parameters;
    const topics = cameraTopics(this.world, name);
    const sends = { colour: layers.includes('colour'), depth: layers.includes('depth') };
    const transports = sends.colour ? image_transports : [];
    const raw = transports.includes('raw') ? imagePublisher(node, topics.image) : undefined;
    const compressed = transports.includes('compressed')
      ? node.publisher(`${topics.image}/compressed`, 'sensor_msgs/msg/CompressedImage', 'sensor')
      : undefined;
    const depth = sends.depth ? imagePublisher(node, topics.depth) : undefined;
    const segmentation = layers.includes('segmentation')
      ? imagePublisher(node, topics.segmentation)
      : undefined;
    const infos = [topics.info, ...(sends.depth ? [topics.depthInfo] : [])].map((topic) =>
      node.publisher(topic, 'sensor_msgs/msg/CameraInfo', 'sensor'),
    );
    return (stamp, intrinsics, picture) => {
      const header: Header = { stamp, frame_id: topics.frame };
      if (picture.colour !== undefined) raw?.publish(colourMessage(header, size, picture.colour));
      if (picture.file !== undefined)
        compressed?.publish(compressedMessage(header, compressed_format, picture.file));
      if (picture.depth !== undefined)
        depth?.publish(depthMessage(header, size, depth_encoding, picture.depth));
      if (picture.segmentation !== undefined)
        segmentation?.publish(segmentationMessage(header, size, picture.segmentation));
      for (const info of infos) info.publish(pinholeInfo(header, size, intrinsics));
    };
  }
}

function imagePublisher(node: GraftNode, topic: string): Publisher<Image> {
  return node.publisher(topic, 'sensor_msgs/msg/Image', 'sensor');
}

/** A robot's camera has the topics and the frame of its profile, a camera of the scene the usual ones. */
function cameraTopics({ task: { robot } }: World, name: string) {
  const image = imageTopic(robot, name);
  const depth = depthTopic(robot, name);
  return {
    image,
    depth,
    info: robot.cameras.find((camera) => camera.name === name)?.info ?? `${name}/camera_info`,
    depthInfo: posix.join(posix.dirname(depth), 'camera_info'),
    segmentation: posix.join(posix.dirname(image), 'segmentation', 'image_raw'),
    frame: opticalFrame(robot, name),
  };
}

/** The pictures of the cameras that the task observes, and those that are asked for beside them. */
export function observedFirst(
  { images }: Task,
  asked: CameraParameters,
): [CameraParameters, CameraParameters] {
  const seen = (isDepth: boolean): string[] =>
    images.flatMap(({ camera, range_m }) => ((range_m !== undefined) === isDepth ? [camera] : []));
  const observed = { ...asked, cameras: seen(false), depth_cameras: seen(true), segmentation_cameras: [] };
  const without = (names: readonly string[], taken: readonly string[]): string[] =>
    names.filter((name) => !taken.includes(name));
  const others = {
    ...asked,
    cameras: without(asked.cameras, observed.cameras),
    depth_cameras: without(asked.depth_cameras, observed.depth_cameras),
  };
  return [observed, others];
}

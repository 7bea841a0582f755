/** The simulated cameras' topics: `<camera>/image_raw` and `<camera>/camera_info`. */
import { ConfigError } from '../config/config-error.js';
import type { CameraInfo, Header, Time } from '../interfaces/graft-messages.js';
import type { RobotProfile } from '../robot/profile.js';
import type { GraftNode } from '../ros/index.js';
import { cameraInfo } from '../sim/camera/camera-model.js';
import { SoftwareCamera } from '../sim/camera/software-camera.js';
import type { World } from '../sim/world.js';

/**
 * Publishes an image of each named camera; frames are `<camera>_optical_frame` (REP-103: z forward, x right, y down).
 * @throws ConfigError for a camera that the task file does not have
 */
export function cameraPublishers(
  node: GraftNode,
  world: World,
  names: readonly string[],
): (stamp: Time) => void {
  const { mj, model, data } = world.physics;
  const publishers = names.map((name) => {
    const spec = world.task.cameras.find((camera) => camera.name === name);
    if (spec === undefined) {
      const known = world.task.cameras.map((camera) => camera.name).join(', ');
      throw new ConfigError(world.task.file, 'cameras', `has no camera ${name}; it has ${known}`);
    }
    const { width, height } = spec;
    const camera = new SoftwareCamera(mj, model, { camera: name, width, height, antialias: true });
    const { image, info, frame: frame_id } = cameraTopics(world.task.robot, name);
    const images = node.publisher(image, 'sensor_msgs/msg/Image', 'sensor');
    const infos = node.publisher(info, 'sensor_msgs/msg/CameraInfo', 'sensor');
    const { fx, fy, cx, cy } = cameraInfo(model, name, width, height);
    return (stamp: Time): void => {
      const header: Header = { stamp, frame_id };
      const { data: pixels } = camera.render(data);
      images.publish({
        header,
        height,
        width,
        encoding: 'rgb8',
        is_bigendian: 0,
        step: 3 * width,
        data: pixels,
      });
      infos.publish(pinholeInfo(header, width, height, [fx, fy, cx, cy]));
    };
  });
  return (stamp) => publishers.forEach((publish) => publish(stamp));
}

/** A robot's camera has the topics and the frame of its profile, a camera of the scene the usual ones. */
function cameraTopics(
  { cameras }: RobotProfile,
  name: string,
): { readonly image: string; readonly info: string; readonly frame: string } {
  const own = cameras.find((camera) => camera.name === name);
  if (own !== undefined) return own;
  return { image: `${name}/image_raw`, info: `${name}/camera_info`, frame: `${name}_optical_frame` };
}

function pinholeInfo(
  header: Header,
  width: number,
  height: number,
  [fx, fy, cx, cy]: readonly [number, number, number, number],
): CameraInfo {
  return {
    header,
    height,
    width,
    distortion_model: 'plumb_bob',
    d: new Float64Array(5),
    k: Float64Array.of(fx, 0, cx, 0, fy, cy, 0, 0, 1),
    r: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    p: Float64Array.of(fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0),
    binning_x: 0,
    binning_y: 0,
    roi: { x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false },
  };
}

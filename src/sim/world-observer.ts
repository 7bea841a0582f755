/** The observation of a simulated world without ROS: as `observer` makes it of the topics. */
import type { MjData } from '@mujoco/mujoco';
import { fitImage, type CameraImage } from '../robot/image-fitting.js';
import type { ImageSpec, Observed } from '../robot/image-spec.js';
import { buildObservation, type ObservationInputs } from '../robot/observation-spec.js';
import { SoftwareCamera } from './camera/software-camera.js';
import { taskCamera } from './task.js';
import type { World } from './world.js';

export class WorldObserver {
  readonly #cameras: readonly SoftwareCamera[];

  constructor(private readonly world: World) {
    const { task, physics } = world;
    const { mj, model, patterns } = physics;
    this.#cameras = task.images.map(({ camera }) => {
      const { width, height } = taskCamera(task, camera);
      // As the node mujoco_sim draws them: a policy that was trained here must see the same there.
      return new SoftwareCamera(mj, model, { camera, width, height, patterns, antialias: true });
    });
  }

  /** What a policy sees now. @param withImages false leaves the images out: an empty list. */
  observe(inputs: ObservationInputs, withImages = true): Observed {
    const { task } = this.world;
    const state = buildObservation(task.observation, inputs);
    if (!withImages) return { state, images: [] };
    const images = task.images.map((spec, i) =>
      fitImage(picture(this.#cameras[i], this.world.seenBy(spec.camera), spec), spec),
    );
    return { state, images };
  }
}

/** Colour, or depth (32FC1, m) where that is observed. */
function picture(camera: SoftwareCamera, data: MjData, { range_m }: ImageSpec): CameraImage {
  const { width, height } = camera;
  const size = { width, height, is_bigendian: 0 };
  if (range_m === undefined)
    return { ...size, encoding: 'rgb8', step: 3 * width, data: camera.render(data).data };
  const { depth } = camera.draw(data, ['depth']);
  return { ...size, encoding: '32FC1', step: 4 * width, data: new Uint8Array(depth?.buffer ?? []) };
}

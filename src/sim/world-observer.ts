/** The observation of a simulated world without ROS: as `observer` makes it of the topics. */
import { fitImage } from '../robot/image-fitting.js';
import type { Observed } from '../robot/image-spec.js';
import { buildObservation, type ObservationInputs } from '../robot/observation-spec.js';
import { SoftwareCamera } from './camera/software-camera.js';
import type { World } from './world.js';

export class WorldObserver {
  readonly #cameras: readonly SoftwareCamera[];

  constructor(private readonly world: World) {
    const { task, physics } = world;
    const { mj, model, patterns } = physics;
    this.#cameras = task.images.map(({ camera }) => {
      const size = task.cameras.find(({ name }) => name === camera) ?? { width: 0, height: 0 };
      const { width, height } = size;
      // As the node mujoco_sim draws them: a policy that was trained here must see the same there.
      return new SoftwareCamera(mj, model, { camera, width, height, patterns, antialias: true });
    });
  }

  /** What a policy sees now. @param withImages false leaves the images out: an empty list. */
  observe(inputs: ObservationInputs, withImages = true): Observed {
    const { task } = this.world;
    const state = buildObservation(task.observation, inputs);
    if (!withImages) return { state, images: [] };
    const images = task.images.map((spec, i) => {
      const { width, height, data } = this.#cameras[i].render(this.world.seenBy(spec.camera));
      return fitImage({ width, height, data, encoding: 'rgb8', is_bigendian: 0, step: 3 * width }, spec);
    });
    return { state, images };
  }
}

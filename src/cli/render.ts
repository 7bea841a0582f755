/** `graft render`: a picture of a task's scene, or a clip of its scripted expert. */
import { mkdirSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { writeFileAtomic } from '../config/atomic-file.js';
import { ConfigError } from '../config/config-error.js';
import { cameraNames } from '../sim/camera/camera-model.js';
import { colourDepth, colourSegmentation } from '../sim/camera/colourise.js';
import { encodeClip, encodeJpeg, encodePng } from '../sim/camera/encode.js';
import type { Image } from '../sim/camera/image.js';
import type { Layer } from '../sim/camera/renderer.js';
import { SoftwareCamera } from '../sim/camera/software-camera.js';
import { Expert } from '../sim/expert/expert.js';
import { TaskJudge } from '../sim/expression/judge.js';
import type { Physics } from '../sim/mujoco.js';
import { rollout } from '../sim/rollout.js';
import { findTask } from '../sim/task.js';
import { World } from '../sim/world.js';

export type RenderRequest = {
  /** A name under sim/tasks or a task file. */
  readonly task: string;
  /** A camera of the model. */
  readonly camera: string;
  /** .png, .jpg: a still; .gif, .webp: a clip with one frame a control step. */
  readonly out: string;
  /** Seed of the reset and of the expert. */
  readonly seed: number;
  /** px; by default the size that the task has for the camera, else 320 x 240 */
  readonly width?: number;
  readonly height?: number;
  readonly layer: Layer;
  /** Whether the task's randomisation is applied. */
  readonly randomise: boolean;
  /** Control steps of the expert: before a still, 0 by default, the scene after the reset; in a clip, by default to the end. */
  readonly steps?: number;
  /** Frames a second at which a clip plays; by default the task's control rate, which is real time. */
  readonly fps?: number;
};

const stills = ['.png', '.jpg', '.jpeg'];
const clips = ['.gif', '.webp'];

/**
 * Draws what was asked for, and writes it.
 * @returns number of frames
 * @throws ConfigError for a task that does not load, a camera that its model lacks, another kind of file, or steps of a task
 * without a demonstrator
 */
export async function render(request: RenderRequest): Promise<number> {
  const kind = extname(request.out).toLowerCase();
  if (!stills.includes(kind) && !clips.includes(kind))
    throw new ConfigError(
      request.out,
      '',
      `expected a name that ends in ${[...stills, ...clips].join(', ')}`,
    );
  const isClip = clips.includes(kind);
  const world = await World.create(findTask(request.task));
  try {
    const images = await film(world, request, isClip ? Infinity : 0);
    const frames = isClip ? images : images.slice(-1);
    const fps = request.fps ?? world.task.control_rate_hz;
    mkdirSync(dirname(request.out), { recursive: true });
    writeFileAtomic(request.out, await encode(frames, kind, fps));
    return frames.length;
  } finally {
    world.dispose();
  }
}

/** Images of an episode of the expert, from the reset on. */
async function film(world: World, request: RenderRequest, defaultSteps: number): Promise<Image[]> {
  const { task } = world;
  const camera = openCamera(world, request);
  const { seed, layer, randomise, steps = defaultSteps } = request;
  // As the policy sees it: earlier where randomisation has the camera late.
  const shot = (): Image => shoot(camera, world.seenBy(request.camera), layer);
  if (steps === 0) {
    world.reset(seed, { randomise });
    return [shot()];
  }
  const expert = await Expert.create(task);
  expert.reset(seed);
  const images: Image[] = [];
  await rollout({
    ...{ world, judge: TaskJudge.compile(task, world.names), seed, randomise },
    horizon: Math.min(steps, task.horizon_steps),
    act: ({ joints, frames }) => {
      images.push(shot());
      return expert.act(joints, frames);
    },
  });
  expert.dispose();
  return images;
}

function openCamera(
  { task, physics: { mj, model, patterns } }: World,
  request: RenderRequest,
): SoftwareCamera {
  const known = cameraNames(model).filter((name) => name !== '');
  const { camera } = request;
  if (!known.includes(camera))
    throw new ConfigError(task.file, '', `its model has no camera ${camera}; it has ${known.join(', ')}`);
  const size = task.cameras.find(({ name }) => name === camera) ?? { width: 320, height: 240 };
  const { width = size.width, height = size.height } = request;
  const antialias = request.layer === 'colour';
  return new SoftwareCamera(mj, model, { camera, width, height, patterns, antialias });
}

function shoot(camera: SoftwareCamera, data: Physics['data'], layer: Layer): Image {
  if (layer === 'colour') return camera.render(data);
  const { width, height, depth, segmentation } = camera.draw(data, [layer]);
  if (segmentation !== undefined) return colourSegmentation({ width, height, data: segmentation });
  return colourDepth({ width, height, data: depth ?? new Float32Array() });
}

function encode(images: readonly Image[], kind: string, fps: number): Promise<Buffer> {
  if (clips.includes(kind)) return encodeClip(images, fps, kind === '.gif' ? 'gif' : 'webp');
  return kind === '.png' ? encodePng(images[0]) : encodeJpeg(images[0]);
}

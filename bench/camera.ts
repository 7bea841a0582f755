/**
 * The software camera: time of an image as an observation has it (antialiased, with shadows), the median over the cameras
 * of a task's scene and over poses of its expert; and what it sees against the native `mujoco` wheel of PyPI.
 * Usage: npm run bench -- camera [--task lift] [--poses 100] [--compare rays|renderer] [--out FILE] [--json]
 * `--compare rays` casts a ray through each pixel (mj_ray), which needs no OpenGL; `--compare renderer` uses MuJoCo's own renderer, for
 * which MUJOCO_GL must say what OpenGL there is: egl, or osmesa with libOSMesa. `--out` keeps the raw results.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/config/atomic-file.js';
import { projectFile } from '../src/config/paths.js';
import { cameraNames } from '../src/sim/camera/camera-model.js';
import { SoftwareCamera } from '../src/sim/camera/software-camera.js';
import { TaskJudge } from '../src/sim/expression/judge.js';
import { modelNames } from '../src/sim/model-names.js';
import { rollout } from '../src/sim/rollout.js';
import { findTask } from '../src/sim/task.js';
import { World } from '../src/sim/world.js';
import { createAgent } from '../src/worlds/agent.js';
import { pythonWithWheel } from './peer/mujoco-wheel.js';
import { quantile } from './quantile.js';
import { machine } from './record.js';

type Picture = { readonly camera: string; readonly qpos: readonly number[] };
type Agreement = {
  readonly peer: string;
  readonly pictures: number;
  /** of all pictures' masks of robot and object together, and the least of one picture */
  readonly overlap: number;
  readonly least_overlap: number;
  /** m, over pixels where both see something */
  readonly depth_error_p50: number;
  readonly depth_error_p95: number;
};

const sizes = [84, 224];
const variants = {
  antialiased: { antialias: true },
  plain: { antialias: false },
  'plain, without shadows': { antialias: false, shadows: false },
};
const compared = { width: 160, height: 120 };
const roundsPerPose = 5;
/** Every so many control steps of the expert is a pose. */
const poseEvery = 5;

/** The expert knows the poses. */
const noObservation = { state: new Float32Array(), images: [] };

/** Poses of the expert at work, over as many episodes as it takes. */
async function recordPoses(world: World, count: number): Promise<number[][]> {
  const expert = await createAgent(world.task, { kind: 'expert', noise: true });
  const poses: number[][] = [];
  for (let seed = 0; poses.length < count; seed++) {
    expert.reset(seed);
    await rollout({
      ...{ world, judge: TaskJudge.compile(world.task, world.names), seed },
      act: async (inputs, step) => {
        if (step % poseEvery === 0) poses.push([...(world.physics.data.qpos as Float64Array)]);
        return (await expert.propose(inputs, noObservation)).executed;
      },
    });
  }
  await expert.dispose();
  return poses.slice(0, count);
}

function setPose({ physics: { mj, model, data } }: World, qpos: readonly number[]): void {
  (data.qpos as Float64Array).set(qpos);
  mj.mj_forward(model, data);
}

/** Median time of an image over poses, ms. */
function timeImages(world: World, camera: string, size: number, variant: object, poses: number[][]): number {
  const { mj, model, data } = world.physics;
  const eye = new SoftwareCamera(mj, model, { camera, width: size, height: size, ...variant });
  const image = new Uint8Array(3 * size * size);
  const times: number[] = [];
  for (let round = 0; round < roundsPerPose; round++) {
    for (const pose of poses) {
      setPose(world, pose);
      const start = performance.now();
      eye.render(data, image);
      if (round > 0) times.push(performance.now() - start);
    }
  }
  return quantile(times, 0.5);
}

/** What the wheel sees: for each picture depth (m, 0 for nothing) and geom ids (-1 for nothing). */
function askWheel(
  world: World,
  pictures: readonly Picture[],
  peer: string,
): (readonly [Float32Array, Int32Array])[] {
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
  const [request, answer] = [join(folder, 'request.json'), join(folder, 'answer.bin')];
  writeFileSync(request, JSON.stringify({ model: world.task.model, peer, ...compared, pictures }));
  const program = projectFile('bench', 'mujoco-renderer.py');
  const { status, stderr } = spawnSync(pythonWithWheel(), [program, request, answer], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the wheel failed:\n${stderr}`);
  const { buffer } = Uint8Array.from(readFileSync(answer));
  rmSync(folder, { recursive: true });
  const pixels = compared.width * compared.height;
  return pictures.map((_, i) => [
    new Float32Array(buffer, 8 * pixels * i, pixels),
    new Int32Array(buffer, 8 * pixels * i + 4 * pixels, pixels),
  ]);
}

/** How far both agree on where robot and object are (all but the world's and the table's geoms), and on depth. */
function compare(world: World, pictures: readonly Picture[], peer: string): Agreement {
  const { mj, model, data } = world.physics;
  const bodies = modelNames(world.physics, 'body');
  const bodyOf = model.geom_bodyid as Int32Array;
  const isMoving = (geom: number): boolean =>
    geom >= 0 && bodyOf[geom] > 0 && bodies[bodyOf[geom]] !== 'table';
  const cameras = new Map(
    cameraNames(model).map((camera) => [camera, new SoftwareCamera(mj, model, { camera, ...compared })]),
  );
  const seen = askWheel(world, pictures, peer);
  const overlaps: number[] = [];
  const errors: number[] = [];
  let [both, either] = [0, 0];
  pictures.forEach(({ camera, qpos }, i) => {
    setPose(world, qpos);
    const { depth = new Float32Array(), segmentation = new Int32Array() } =
      cameras.get(camera)?.draw(data, ['depth', 'segmentation']) ?? {};
    const [theirDepth, theirGeoms] = seen[i];
    let [common, all] = [0, 0];
    for (let pixel = 0; pixel < depth.length; pixel++) {
      const [own, theirs] = [isMoving(segmentation[2 * pixel]), isMoving(theirGeoms[pixel])];
      if (own && theirs) common++;
      if (own || theirs) all++;
      if (Number.isFinite(depth[pixel]) && theirDepth[pixel] > 0)
        errors.push(Math.abs(depth[pixel] - theirDepth[pixel]));
    }
    overlaps.push(all === 0 ? 1 : common / all);
    both += common;
    either += all;
  });
  return {
    ...{ peer, pictures: pictures.length, overlap: both / either, least_overlap: Math.min(...overlaps) },
    ...{ depth_error_p50: quantile(errors, 0.5), depth_error_p95: quantile(errors, 0.95) },
  };
}

const { values: options } = parseArgs({
  options: {
    task: { type: 'string', default: 'lift' },
    poses: { type: 'string', default: '100' },
    compare: { type: 'string' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const task = findTask(options.task);
const world = await World.create(task);
const poses = await recordPoses(world, Number(options.poses));
const cameras = cameraNames(world.physics.model);
/** Spots of 6 cm on every geom: contrast, size, seed. */
const patterns = Float64Array.from(
  { length: 3 * world.physics.model.ngeom },
  (_, i) => [0.5, 0.06, i][i % 3],
);
const drawn = { ...variants, 'antialiased, textures': { antialias: true, patterns } };
const times = Object.entries(drawn).flatMap(([variant, given]) =>
  sizes.map((size) => {
    const each = cameras.map((camera) => timeImages(world, camera, size, given, poses));
    const ms = quantile(each, 0.5);
    const list = cameras.map((camera, i) => `${camera} ${each[i].toFixed(1)}`).join(', ');
    console.log(`${size} x ${size}, ${variant}: ${ms.toFixed(1)} ms (${list})`);
    return {
      variant,
      width: size,
      height: size,
      ms,
      cameras: Object.fromEntries(cameras.map((name, i) => [name, each[i]])),
    };
  }),
);
const pictures = poses.map((qpos, i) => ({ camera: cameras[i % cameras.length], qpos }));
const agreement = options.compare === undefined ? undefined : compare(world, pictures, options.compare);
if (agreement !== undefined) {
  const { overlap, least_overlap, depth_error_p50, depth_error_p95 } = agreement;
  console.log(
    `${agreement.peer} of the wheel, ${agreement.pictures} pictures: overlap ${overlap.toFixed(4)}, least ${least_overlap.toFixed(4)}; ` +
      `depth error p50 ${(1000 * depth_error_p50).toFixed(2)} mm, p95 ${(1000 * depth_error_p95).toFixed(2)} mm`,
  );
}
world.dispose();
if (options.out !== undefined) {
  const result = {
    task: task.name,
    poses: poses.length,
    times,
    agreement,
    machine: machine(),
  };
  writeFileAtomic(options.out, `${JSON.stringify(result, undefined, 2)}\n`);
}
if (options.json)
  console.log(
    JSON.stringify(
      times
        .filter(({ variant }) => variant === 'antialiased')
        .map(({ width, height, ms }) => ({ width, height, ms })),
    ),
  );

/**
 * A film strip of the scripted expert on every task, one row each, through the camera `scene`.
 * Usage: npm run bench -- task-strips [--out docs/images/tasks.jpg] [--tasks lift,handover] [--seed 3] [--frames 6]
 */
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/config/atomic-file.js';
import { evenlyApart } from '../src/cli/report/film-frames.js';
import { filmStrip } from '../src/sim/camera/encode.js';
import type { Image } from '../src/sim/camera/image.js';
import { SoftwareCamera } from '../src/sim/camera/software-camera.js';
import { TaskJudge } from '../src/sim/expression/judge.js';
import { rollout } from '../src/sim/rollout.js';
import { findTask } from '../src/sim/task.js';
import { World } from '../src/sim/world.js';
import { WorldObserver } from '../src/sim/world-observer.js';
import { createAgent } from '../src/worlds/agent.js';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'docs/images/tasks.jpg' },
    tasks: { type: 'string', default: 'lift,pick_place,handover,box_cleanup,can_sort' },
    seed: { type: 'string', default: '3' },
    frames: { type: 'string', default: '6' },
  },
});

/** Images of an episode, evenly apart. */
async function film(name: string, seed: number, count: number): Promise<Image[]> {
  const task = findTask(name);
  const world = await World.create(task);
  const expert = await createAgent(task, { kind: 'expert', noise: false });
  const { mj, model, data } = world.physics;
  const size = { width: 240, height: 180 };
  const camera = new SoftwareCamera(mj, model, { camera: 'scene', ...size, antialias: true });
  const observer = new WorldObserver(world);
  const images: Image[] = [];
  expert.reset(seed);
  const { success } = await rollout({
    ...{ world, judge: TaskJudge.compile(task, world.names), seed },
    act: async (inputs) => {
      images.push(camera.render(data));
      return (await expert.propose(inputs, observer.observe(inputs, false))).executed;
    },
  });
  console.log(`${name}: ${success ? 'success' : 'no success'} after ${images.length - 1} steps`);
  await expert.dispose();
  world.dispose();
  return evenlyApart(images.length, count).map((i) => images[i]);
}

const frames: Image[] = [];
for (const name of options.tasks.split(','))
  frames.push(...(await film(name, Number(options.seed), Number(options.frames))));
writeFileAtomic(
  options.out,
  await filmStrip(frames, { columns: Number(options.frames), format: 'jpeg', gap: 3 }),
);

/**
 * One moment of a task as the cameras see it that it observes, one row each: nominal on the left, then draws of how it looks.
 * Usage: npm run bench -- looks [--task lift_pixels] [--out docs/images/looks.png] [--seed 3] [--draws 8] [--steps 11] [--size 160]
 */
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/config/atomic-file.js';
import { filmStrip } from '../src/sim/camera/encode.js';
import type { Image } from '../src/sim/camera/image.js';
import { SoftwareCamera } from '../src/sim/camera/software-camera.js';
import { Expert } from '../src/sim/expert/expert.js';
import { emptyDomain, type Domain } from '../src/sim/randomisation/domain.js';
import { observeWorld } from '../src/sim/rollout.js';
import { findTask } from '../src/sim/task.js';
import { World } from '../src/sim/world.js';

const { values: options } = parseArgs({
  options: {
    task: { type: 'string', default: 'lift_pixels' },
    out: { type: 'string', default: 'docs/images/looks.png' },
    seed: { type: 'string', default: '3' },
    draws: { type: 'string', default: '8' },
    steps: { type: 'string', default: '11' },
    size: { type: 'string', default: '160' },
  },
});
const [seed, draws, steps, size] = [options.seed, options.draws, options.steps, options.size].map(Number);
const world = await World.create(findTask(options.task));
const { task, physics } = world;
const expert = await Expert.create(task);
const cameras = task.images.map(({ camera }) => {
  const { mj, model, patterns } = physics;
  const picture = { camera, width: size, height: size, antialias: true, patterns };
  return { camera, eye: new SoftwareCamera(mj, model, picture) };
});

/** What a seed draws of looks alone, so that the same happens in every column. */
function drawLooks(of: number): Domain {
  world.reset(of, { randomise: true });
  const { names, values } = world.domain;
  const kept = [...names.keys()].filter((i) => /^(camera|light|colour|texture)\./.test(names[i]));
  return world.recordedDomain(
    kept.map((i) => names[i]),
    kept.map((i) => values[i]),
  );
}

/** An image of each camera after some steps of the expert. */
function shoot(domain: Domain): Image[] {
  world.reset(seed, { domain });
  expert.reset(seed);
  for (let step = 0; step < steps; step++) {
    const { joints, frames } = observeWorld(world);
    const targets = expert.act(joints, frames);
    world.step(Object.fromEntries(task.action_joints.map((name, i) => [name, targets[i]])));
  }
  return cameras.map(({ camera, eye }) => eye.render(world.seenBy(camera)));
}

const columns = [emptyDomain, ...Array.from({ length: draws }, (_, i) => drawLooks(i))].map(shoot);
const rows = cameras.flatMap((_, camera) => columns.map((images) => images[camera]));
writeFileAtomic(options.out, await filmStrip(rows, { columns: columns.length, gap: 3 }));
expert.dispose();
world.dispose();

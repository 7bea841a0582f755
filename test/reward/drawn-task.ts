/** A drawn task for tests of learned critics: a white hand fetches a red block and holds it at the top of the picture. */
import { createRandom, type Random } from '../../src/engine/index.js';
import type { RecordedEpisode } from '../../src/reward/clip-assembler.js';
import type { Moment } from '../../src/reward/judgement.js';
import type { ImageSpec } from '../../src/robot/image-spec.js';
import { findTask, type Task } from '../../src/sim/task.js';

export const drawnSize = 32;
export const drawnImage: ImageSpec = {
  ...{ camera: 'head', width: drawnSize, height: drawnSize },
  ...{ encoding: 'rgb8', crop: [0, 0, 1, 1] },
};

/** A real task under another name, which sees the drawn image. */
export function drawnTask(): Task {
  return { ...findTask('lift_pixels'), name: 'drawn', images: [drawnImage] };
}

/** Moments until the hand is at the block, until the block is at the top, and until the end. */
const [reach, raise, hold] = [8, 8, 4];
const period = 0.08;
const side = 6;
const top = 2;

type Kind = 'shown' | 'missed' | 'short';

/**
 * An episode of the drawn task. `missed`: the hand goes up without the block; `short`: it stops half-way up.
 * @param seed of where block and hand begin
 */
export function drawnEpisode(kind: Kind, seed: number): RecordedEpisode {
  const random = createRandom(seed);
  const x = 4 + random.integer(20);
  const handX = 2 + random.integer(24);
  const all = reach + raise + hold;
  const moments = Array.from({ length: all + 1 }, (_, step): Moment => {
    const near = Math.min(1, step / reach);
    const up = Math.min(kind === 'short' ? 0.5 : 1, Math.max(0, (step - reach) / raise));
    const low = drawnSize - side - 2;
    const y = low - up * (low - top);
    const hand: [number, number] = [handX + near * (x - handX), top + near * (low - top) - up * (low - top)];
    const block: [number, number] = [x, kind === 'missed' ? low : y];
    const stage = step < reach ? 0 : step < reach + raise || kind !== 'shown' ? 1 : 2;
    return {
      ...{ step, time: step * period },
      observed: { state: Float32Array.of(near, up), images: [draw(hand, block, random)] },
      signs: { success: false, failure: false, values: { stage } },
    };
  });
  const success = kind === 'shown';
  return {
    ...{ id: `${kind}-${seed}`, seed, task: 'drawn', kind: success ? 'demo' : 'rollout' },
    clip: { episode_id: `${kind}-${seed}`, moments },
    ended: { outcome: success ? 'success' : 'failure', terminated: success, grade: undefined },
    observed: { names: ['near', 'up'], cameras: ['head'], images: [] },
    stamps: moments.map(({ time }) => BigInt(Math.round(time * 1e9))),
    rewards: [],
  };
}

/** A grainy grey picture with a red block, and in front of it a white hand, half as wide. */
function draw([handX, handY]: [number, number], [x, y]: [number, number], random: Random): Uint8Array {
  const pixels = Uint8Array.from({ length: drawnSize ** 2 * 3 }, () => 90 + random.integer(20));
  const square = (left: number, upper: number, width: number, colour: readonly number[]): void => {
    for (let row = Math.round(upper); row < Math.round(upper) + side; row++)
      for (let column = Math.round(left); column < Math.round(left) + width; column++)
        pixels.set(colour, (Math.min(row, drawnSize - 1) * drawnSize + Math.min(column, drawnSize - 1)) * 3);
  };
  square(x, y, side, [200, 30, 30]);
  square(handX, handY - 2, side / 2, [250, 250, 250]);
  return pixels;
}

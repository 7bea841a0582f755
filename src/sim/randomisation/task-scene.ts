/** What the randomisation section of a task may name. */
import { isBody } from '../../robot/tracked-frames.js';
import type { Task } from '../task.js';
import type { RandomisedScene } from './compile.js';

type Named = Pick<Task, 'file' | 'frames' | 'variants'> & {
  readonly robot: { readonly joints: readonly { readonly name: string }[] };
};

/** Frames with the bodies that they are fixed to in any variant, and the robot's joints. */
export function randomisedScene({ file, frames, variants, robot }: Named): RandomisedScene {
  const kinds = [frames, ...variants.map((variant) => variant.frames)];
  const bodiesOf = (frame: string): string[] =>
    kinds.flatMap((kind) => {
      const spec = kind[frame];
      return spec !== undefined && isBody(spec) ? [spec.body] : [];
    });
  return {
    file,
    frames: new Map(Object.keys(frames).map((frame) => [frame, [...new Set(bodiesOf(frame))]])),
    joints: robot.joints.map(({ name }) => name),
  };
}

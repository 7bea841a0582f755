/** Episodes without ROS, for experiments and tests. */
import type { ObservationInputs } from '../robot/observation-spec.js';
import { initialLift, updateLift } from './lift-success.js';
import type { World } from './world.js';

/** What an agent of a rollout sees: named values, and all joint positions [rad] in the robot profile's order. */
export type RolloutInputs = ObservationInputs & { readonly joints: Float64Array };

/** Joint targets, rad, one per action joint of the task. */
export type Act = (inputs: RolloutInputs, step: number) => Float64Array | Promise<Float64Array>;

export type RolloutOptions = {
  readonly world: World;
  readonly seed: number;
  /** control steps; the task's horizon if not given */
  readonly horizon?: number;
  readonly act: Act;
};

/** What the simulated sensors say now. */
export function observeWorld(world: World): RolloutInputs {
  const joints = world.jointPositions();
  const velocities = world.jointVelocities();
  return {
    joints,
    positions: new Map(world.joints.map((name, i) => [name, joints[i]])),
    velocities: new Map(world.joints.map((name, i) => [name, velocities[i]])),
    object: world.objectState(),
    hand: world.handPose(),
  };
}

/** Resets the world and lets `act` control it until success, failure or the horizon. */
export async function rollout({
  world,
  seed,
  horizon = world.task.horizon_steps,
  act,
}: RolloutOptions): Promise<{ steps: number; success: boolean }> {
  world.reset(seed);
  let lift = initialLift;
  let step = 0;
  while (step < horizon && lift.outcome === 'running') {
    const targets = await act(observeWorld(world), step++);
    world.step(Object.fromEntries(world.task.action_joints.map((name, i) => [name, targets[i]])));
    lift = updateLift(lift, world.objectHeight(), world.task.success);
  }
  return { steps: step, success: lift.outcome === 'success' };
}

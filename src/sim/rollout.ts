/** Episodes without ROS: for demonstrations and evaluation in many worlds, experiments and tests. */
import type { ObservationInputs } from '../robot/observation-spec.js';
import type { TaskJudge, Verdict } from './expression/judge.js';
import { EvaluationError } from './expression/source.js';
import { PhysicsError, type World } from './world.js';

/** What an agent of a rollout sees: named values, and all joint positions [rad] in the robot profile's order. */
export type RolloutInputs = ObservationInputs & { readonly joints: Float64Array };

/** Joint targets, rad, one per action joint of the task. It is asked for the last observation too, and not obeyed then. */
export type Act = (inputs: RolloutInputs, step: number) => ArrayLike<number> | Promise<ArrayLike<number>>;

export type RolloutOptions = {
  readonly world: World;
  readonly judge: TaskJudge;
  readonly seed: number;
  /** control steps; the task's horizon if not given */
  readonly horizon?: number;
  /** whether the task's randomisation is applied */
  readonly randomise?: boolean;
  readonly act: Act;
  /** Called after the reset with what the judge says of it. */
  readonly onReset?: (verdict: Verdict) => void;
  /** Called after each control step with what the judge says of it. */
  readonly onStep?: (verdict: Verdict) => void | Promise<void>;
};

export type RolloutResult = {
  readonly steps: number;
  readonly success: boolean;
  /** whether the task ended, by success or failure; else the horizon was reached */
  readonly terminated: boolean;
  /** why the episode could not go on: a simulation that is not finite or an expression without a value, a failure */
  readonly fault?: string;
};

/** What the simulated sensors say now. */
export function observeWorld(world: World): RolloutInputs {
  const joints = world.jointPositions();
  const velocities = world.jointVelocities();
  return {
    joints,
    positions: new Map(world.joints.map((name, i) => [name, joints[i]])),
    velocities: new Map(world.joints.map((name, i) => [name, velocities[i]])),
    frames: world.frames(),
  };
}

/** Resets the world and lets `act` control it until success, failure or the horizon. */
export async function rollout(options: RolloutOptions): Promise<RolloutResult> {
  const { world, judge, seed, act, onStep } = options;
  const { action_joints, horizon_steps } = world.task;
  const horizon = options.horizon ?? horizon_steps;
  world.reset(seed, { randomise: options.randomise ?? false });
  const first = judge.reset(world.scene);
  options.onReset?.(first);
  let { outcome } = first;
  for (let step = 0; ; step++) {
    const targets = await act(observeWorld(world), step);
    if (step >= horizon || outcome !== 'running')
      return { steps: step, success: outcome === 'success', terminated: outcome !== 'running' };
    const verdict = attempt(() => {
      world.step(Object.fromEntries(action_joints.map((name, i) => [name, targets[i]])));
      return judge.update(world.scene);
    });
    if (verdict instanceof Error)
      return { steps: step + 1, success: false, terminated: true, fault: verdict.message };
    outcome = verdict.outcome;
    await onStep?.(verdict);
  }
}

/** What `action` returns, or why the episode is over. */
function attempt(action: () => Verdict): Verdict | Error {
  try {
    return action();
  } catch (error) {
    if (error instanceof PhysicsError || error instanceof EvaluationError) return error;
    throw error;
  }
}

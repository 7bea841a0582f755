/** Whether arms can get where a demonstrator wants them: the plan followed without dynamics. */
import type { Pose } from '../../robot/pose.js';
import { compose } from '../../robot/rotation.js';
import { seededRandom } from '../random.js';
import type { Hands } from './expert.js';
import { closes } from './grip.js';
import { aim, beginPhase, moveHands, startPlan, type Plan, type View } from './plan.js';
import type { HandName } from './hand-name.js';
import type { PhaseSpec } from './spec.js';
import { difference, inverse } from './targets.js';

/** How far a hand stays from a phase's target, m and rad. */
export type Reach = {
  readonly hand: HandName;
  readonly phase: string;
  readonly error_m: number;
  readonly error_rad: number;
};

export type ReachOptions = {
  readonly phases: readonly PhaseSpec[];
  readonly hands: Hands;
  readonly joints: Float64Array;
  readonly frames: ReadonlyMap<string, Pose>;
  readonly look: (joints: Float64Array, frames: ReadonlyMap<string, Pose>) => View;
  readonly solve: (plan: Plan, arms: readonly Float64Array[]) => Float64Array[];
};

/** Most control steps for a phase: 200 of 2.5 cm are five metres. */
const longest = 200;
/** Control steps for the inverse kinematics to settle after the commanded poses have arrived. */
const settling = 5;

/** What is where, and what hangs on which hand. */
type Rehearsal = {
  arms: readonly Float64Array[];
  readonly joints: Float64Array;
  readonly frames: Map<string, Pose>;
  readonly held: Map<string, { readonly hand: number; readonly pose: Pose }>;
};

/** One entry per phase and hand that has a target in it, in order. Ranges are drawn for a seed of their own. */
export function reachOf({ phases, hands, joints, frames, look, solve }: ReachOptions): Reach[] {
  const rehearsal: Rehearsal = {
    arms: hands.armIndices.map((indices) => Float64Array.from(indices, (i) => joints[i])),
    joints: Float64Array.from(joints),
    frames: new Map(frames),
    held: new Map(),
  };
  const see = (): View => look(rehearsal.joints, rehearsal.frames);
  let plan = startPlan(phases, hands.names, hands.grips, see(), seededRandom(0));
  return phases.flatMap(({ name }, index) => {
    const before = plan;
    if (index > 0) plan = beginPhase(plan, index, hands.grips, see());
    grasp(rehearsal, before, plan, see());
    for (let step = 0, arrived = 0; step < longest && arrived < settling; step++) {
      plan = moveHands(aim(plan, see()));
      rehearsal.arms = solve(plan, rehearsal.arms);
      move(rehearsal, hands, see);
      arrived += plan.hands.every(({ commanded, goal }) => difference(commanded, goal).m < 1e-6) ? 1 : 0;
    }
    const { measured } = see();
    return plan.hands.flatMap(({ errand, goal }, i) => {
      if (errand === undefined) return [];
      const { m, rad } = difference(measured[i], goal);
      return [{ hand: hands.names[i], phase: name, error_m: m, error_rad: rad }];
    });
  });
}

/** A grip that closes takes the frame that the hand was last sent to; one that opens lets go; carrying takes as well. */
function grasp({ held, frames }: Rehearsal, before: Plan, plan: Plan, view: View): void {
  const take = (frame: string | undefined, hand: number): void => {
    const pose = frame === undefined ? undefined : frames.get(frame);
    if (frame !== undefined && pose !== undefined)
      held.set(frame, { hand, pose: compose(inverse(view.measured[hand]), pose) });
  };
  plan.hands.forEach(({ grip, at, errand }, hand) => {
    const last = before.hands[hand].grip.to;
    if (closes(last, grip.to)) take(at, hand);
    else if (last !== grip.to)
      for (const [frame, { hand: holder }] of [...held]) if (holder === hand) held.delete(frame);
    const { carry } = errand?.move ?? {};
    if (carry !== undefined && held.get(carry) === undefined) take(carry, hand);
  });
}

/** The joints are where they were told to be, and what is held moves with its hand. */
function move({ arms, joints, frames, held }: Rehearsal, { armIndices }: Hands, see: () => View): void {
  armIndices.forEach((indices, hand) => indices.forEach((joint, i) => (joints[joint] = arms[hand][i])));
  const { measured } = see();
  for (const [frame, { hand, pose }] of held) frames.set(frame, compose(measured[hand], pose));
}

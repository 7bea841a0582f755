/** The course of an episode: which phase it is in, and where each hand is told to be. */
import type { Pose, Quaternion, Vector3 } from '../../robot/pose.js';
import { compose } from '../../robot/rotation.js';
import type { Random } from '../random.js';
import { changeGrip, restingGrip, type GripMotion, type Grips } from './grip.js';
import type { HandName } from './hand-name.js';
import type { PhaseSpec } from './spec.js';
import {
  difference,
  drawMove,
  identity,
  inverse,
  moveTowards,
  shifted,
  targetPose,
  yawOf,
  type DrawnMove,
  type PoseError,
} from './targets.js';

/** What is seen at one control step; the arrays are by hand. */
export type View = {
  readonly frames: ReadonlyMap<string, Pose>;
  readonly measured: readonly Pose[];
  readonly shoulders: readonly Vector3[];
};

/** A move under way, with what was remembered when its phase began. */
type Errand = {
  readonly move: DrawnMove;
  /** the hand's last target then */
  readonly origin: Pose;
  /** frame of the target then */
  readonly frame: Pose;
  /** hand in the carried frame; undefined if nothing is carried */
  readonly grasp: Pose | undefined;
  readonly kept: Quaternion;
  readonly reference: number;
};

export type HandState = {
  /** what the hand has to do in this phase; undefined if it stays */
  readonly errand: Errand | undefined;
  /** step lengths of the last move */
  readonly step_m: number;
  readonly turn_step_rad: number;
  /** of the hand, or of the frame it carries */
  readonly target: Pose;
  /** hand's pose when the target is reached */
  readonly goal: Pose;
  /** pose that the hand is told to be at now */
  readonly commanded: Pose;
  readonly grip: GripMotion;
  /** frame of the last target */
  readonly at: string | undefined;
};

export type Plan = {
  /** by phase and hand; undefined where a hand takes no part */
  readonly moves: readonly (readonly (DrawnMove | undefined)[])[];
  readonly index: number;
  /** control steps done in this phase */
  readonly steps: number;
  /** by phase: how often its `else` was taken */
  readonly jumps: readonly number[];
  readonly hands: readonly HandState[];
};

/** Draws an episode's amounts, by phase, then hand, and begins the first phase. */
export function startPlan(
  phases: readonly PhaseSpec[],
  hands: readonly HandName[],
  grips: readonly Grips[],
  view: View,
  random: Random,
): Plan {
  const moves = phases.map((phase) =>
    hands.map((hand) => {
      const move = phase[hand];
      return move === undefined ? undefined : drawMove(move, random);
    }),
  );
  const states = view.measured.map((pose, i): HandState => {
    const grip = restingGrip(grips[i], moves[0][i]?.grip ?? 0);
    const still = { errand: undefined, step_m: 0.025, turn_step_rad: 0.25, at: undefined };
    return { ...still, target: pose, goal: pose, commanded: pose, grip };
  });
  const plan = { moves, index: 0, steps: 0, jumps: phases.map(() => 0), hands: states };
  return beginPhase(plan, 0, grips, view);
}

/** Begins a phase: remembers what its moves are relative to, and sets grips out. */
export function beginPhase(plan: Plan, index: number, grips: readonly Grips[], view: View): Plan {
  const hands = plan.hands.map((state, i): HandState => {
    const move = plan.moves[index][i];
    if (move === undefined) return { ...state, errand: undefined };
    const { grip, grip_steps, step_m, turn_step_rad, at = state.at } = move;
    const moving = grip === undefined ? state.grip : changeGrip(grips[i], state.grip, grip, grip_steps);
    const errand = isErrand(move) ? beginErrand(move, state, view, i) : undefined;
    return { ...state, errand, grip: moving, at, step_m, turn_step_rad };
  });
  return aim({ ...plan, index, steps: 0, hands }, view);
}

/** Targets and goals from the frames as they are now. */
export function aim(plan: Plan, view: View): Plan {
  const hands = plan.hands.map((state, i): HandState => {
    const { errand } = state;
    if (errand === undefined) return state;
    const target = targetOf(errand, view, view.shoulders[i]);
    const grasp = graspOf(errand, view, i);
    const live: Errand = { ...errand, grasp };
    return { ...state, errand: live, target, goal: grasp === undefined ? target : compose(target, grasp) };
  });
  return { ...plan, hands };
}

/** Moves the commanded poses one control step on; what is carried keeps its place in the hand on the way. */
export function moveHands(plan: Plan): Plan {
  const hands = plan.hands.map((state): HandState => {
    const { commanded, target, goal, errand, step_m, turn_step_rad } = state;
    const grasp = errand?.grasp;
    if (grasp === undefined)
      return { ...state, commanded: moveTowards(commanded, goal, step_m, turn_step_rad) };
    const carried = compose(commanded, inverse(grasp));
    return {
      ...state,
      commanded: compose(moveTowards(carried, target, step_m, turn_step_rad), grasp),
    };
  });
  return { ...plan, hands };
}

/** A control step is over. */
export function tick(plan: Plan): Plan {
  const hands = plan.hands.map((state) => {
    const grip = { ...state.grip, elapsed: state.grip.elapsed + 1 };
    return { ...state, grip };
  });
  return { ...plan, hands, steps: plan.steps + 1 };
}

/** How far a hand, or what it carries, is from its target; undefined if it has none in this phase. */
export function errorOf({ errand, target }: HandState, view: View, hand: number): PoseError | undefined {
  if (errand === undefined) return undefined;
  const { carry } = errand.move;
  return difference(carry === undefined ? view.measured[hand] : frameOf(view, carry), target);
}

/** Pose of a frame, or the world's. @throws RangeError if the view lacks it */
export function frameOf({ frames }: View, name: string): Pose {
  const pose = name === 'world' ? identity : frames.get(name);
  if (pose === undefined) throw new RangeError(`the demonstrator was not given the pose of frame ${name}`);
  return pose;
}

function isErrand({ at, by }: DrawnMove): boolean {
  return at !== undefined || by !== undefined;
}

function beginErrand(move: DrawnMove, state: HandState, view: View, hand: number): Errand {
  const origin = state.goal;
  const frame = move.at === undefined ? identity : frameOf(view, move.at);
  if (move.carry === undefined)
    return { move, origin, frame, grasp: undefined, kept: origin.orientation, reference: 0 };
  const carried = frameOf(view, move.carry);
  const held = move.grasp === 'commanded' ? state.commanded : view.measured[hand];
  const grasp = compose(inverse(carried), held);
  return {
    move,
    origin,
    frame,
    grasp,
    kept: carried.orientation,
    reference: yawOf(carried) - move.yaw,
  };
}

function targetOf({ move, origin, frame, kept, reference }: Errand, view: View, shoulder: Vector3): Pose {
  if (move.by !== undefined) return shifted(origin, move.by, move.axes);
  const live = move.at === undefined || !move.track ? frame : frameOf(view, move.at);
  return targetPose(move, live, { kept, shoulder, reference });
}

function graspOf({ move, grasp }: Errand, view: View, hand: number): Pose | undefined {
  if (move.carry === undefined || move.grasp !== 'live') return grasp;
  return compose(inverse(frameOf(view, move.carry)), view.measured[hand]);
}

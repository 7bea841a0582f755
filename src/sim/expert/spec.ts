/** What a task file says of its demonstrator (`schemas/demonstrator.schema.json`, docs/demonstrator.md), defaults filled in. */
import type { HandName } from './hand-name.js';

export { checkDemonstrator } from './check.js';

/** A fixed number, or the lower and upper end of a range from which each episode draws one uniformly. */
export type Amount = number | readonly [number, number];

/** Position by joint, rad. */
export type JointPose = Readonly<Record<string, number>>;

export type HandSpec = {
  /** tracked frame of the task that is a site; the inverse kinematics brings it to the targets */
  readonly frame: string;
  /** joints that the inverse kinematics moves */
  readonly arm: readonly string[];
  /** grip 0 */
  readonly open: JointPose;
  /** grip 1, beyond contact so that it presses */
  readonly closed: JointPose;
  /** further grips by name */
  readonly grips: Readonly<Record<string, JointPose>>;
};

/** Which axes a target's offset and turn are given in; `keep`: the world's, and the orientation stays as it was. */
export type Alignment = 'keep' | 'world' | 'frame' | 'yaw' | 'side' | 'face' | 'towards';

/** Where a hand is in the carried frame: as measured or as commanded at the phase's start, or measured at each step. */
export type GraspSource = 'measured' | 'commanded' | 'live';

/** What one hand does in a phase. Without `at` and `by` it stays at its last target. */
export type HandMove = {
  /** frame that the target is relative to, or `world` */
  readonly at?: string;
  /** whether the target follows the frame; else the frame counts as it was at the phase's start */
  readonly track: boolean;
  readonly align?: Alignment;
  /** m, in the axes of `align` */
  readonly offset: readonly [Amount, Amount, Amount];
  /** rad, about the axes of `align`: first roll about x, then pitch about y, then yaw about z */
  readonly roll?: Amount;
  readonly pitch?: Amount;
  readonly yaw?: Amount;
  /** from the hand's last target, m */
  readonly by?: readonly [Amount, Amount, Amount];
  /** axes of `by`: the world's, or those of the hand's last target */
  readonly axes: 'world' | 'hand';
  /** frame in the hand that must reach the target in the place of the hand */
  readonly carry?: string;
  readonly grasp: GraspSource;
  /** motion of the commanded pose per control step */
  readonly step_m: number;
  readonly turn_step_rad: number;
  /** share between open (0) and closed (1), or the name of a grip; as before where missing */
  readonly grip?: number | string;
  /** control steps that the grip's change takes */
  readonly grip_steps: number;
};

/** A phase ends when all that is given here holds, or after `timeout_steps`. */
export type Until = {
  /** every hand with a target is nearer to it than this */
  readonly within_m?: number;
  readonly within_rad?: number;
  /** least number of control steps */
  readonly steps: number;
  readonly timeout_steps?: number;
};

/** The way back after a lost grasp: if `frame` is farther than `beyond_m` from the hand, `phase` comes next. */
export type Otherwise = {
  readonly phase: string;
  readonly hand: HandName;
  readonly frame: string;
  readonly beyond_m: number;
  /** most jumps in an episode */
  readonly times: number;
};

export type PhaseSpec = {
  readonly name: string;
  readonly until?: Until;
  readonly else?: Otherwise;
} & { readonly [hand in HandName]?: HandMove };

/** Standard deviations of the Ornstein-Uhlenbeck noise on the targets, rad, and its correlation from step to step. */
export type NoiseSpec = { readonly arm_rad: number; readonly hand_rad: number; readonly correlation: number };

export type DemonstratorSpec = {
  /** The inverse kinematics solves the hands in this order. */
  readonly hands: { readonly [hand in HandName]?: HandSpec };
  readonly phases: readonly PhaseSpec[];
  readonly noise: NoiseSpec;
};

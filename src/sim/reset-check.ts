/** What is wrong with a task's resets: overlaps, objects that fly or fall, states that are not finite, places out of reach. */
import type { Expert } from './expert/expert.js';
import type { TaskJudge } from './expression/judge.js';
import { contactsOf } from './contacts.js';
import { modelNames } from './model-names.js';
import { observeWorld } from './rollout.js';
import { PhysicsError, type World } from './world.js';

/** One fault of one reset. */
export type ResetProblem = {
  readonly seed: number;
  readonly kind: 'not_finite' | 'penetration' | 'unsettled' | 'displaced' | 'judged' | 'unreachable';
  readonly message: string;
};

/** Bounds beyond which a reset counts as faulty. */
export const resetLimits = {
  /** overlap of two geoms after settling, m; soft materials sink in by a few millimetres */
  penetration_m: 0.006,
  /** speed of an object after settling, m/s */
  speed: 0.05,
  /** motion of an object's origin since it was placed, horizontally, m */
  displacement_m: 0.02,
  /** distance that the demonstrator's inverse kinematics leaves to a target, m and rad */
  reach_m: 0.01,
  reach_rad: 0.1,
} as const;

/**
 * Resets the world to a seed and looks at it.
 * @param expert the demonstrator that must reach its targets; none if the task has none
 */
export function checkReset(
  world: World,
  judge: TaskJudge,
  expert: Expert | undefined,
  seed: number,
): ResetProblem[] {
  try {
    world.reset(seed);
  } catch (error) {
    if (!(error instanceof PhysicsError)) throw error;
    return [{ seed, kind: 'not_finite', message: error.message }];
  }
  const problems: Omit<ResetProblem, 'seed'>[] = [
    ...penetrations(world),
    ...restless(world),
    ...judged(world, judge),
    ...(expert === undefined ? [] : unreachable(world, expert, seed)),
  ];
  return problems.map((problem) => ({ seed, ...problem }));
}

function penetrations({ physics }: World): Omit<ResetProblem, 'seed'>[] {
  const [geomNames, bodyNames] = [modelNames(physics, 'geom'), modelNames(physics, 'body')];
  return contactsOf(physics).flatMap(({ geoms, bodies, distance }) => {
    if (-distance <= resetLimits.penetration_m) return [];
    const names = geoms.map((geom, i) =>
      geomNames[geom].startsWith('#') ? bodyNames[bodies[i]] : geomNames[geom],
    );
    return [
      {
        kind: 'penetration' as const,
        message: `${names.join(' and ')} overlap by ${millimetres(-distance)}`,
      },
    ];
  });
}

/** Objects that still move, or that something pushed away from where they were placed. */
function restless(world: World): Omit<ResetProblem, 'seed'>[] {
  return world.placements.flatMap(({ frame, x, y }) => {
    const { linear } = world.scene.velocity(frame);
    const [px, py] = world.scene.pose(frame).position;
    const speed = Math.hypot(...linear);
    const moved = Math.hypot(px - x, py - y);
    return [
      ...(speed > resetLimits.speed
        ? [
            {
              kind: 'unsettled' as const,
              message: `${frame} moves at ${speed.toFixed(2)} m/s after settling`,
            },
          ]
        : []),
      ...(moved > resetLimits.displacement_m
        ? [{ kind: 'displaced' as const, message: `${frame} went ${millimetres(moved)} from its place` }]
        : []),
    ];
  });
}

/** A task that is over before the robot moved is judged wrongly. */
function judged(world: World, judge: TaskJudge): Omit<ResetProblem, 'seed'>[] {
  judge.reset(world.scene);
  const { outcome } = judge.update(world.scene);
  return outcome === 'running'
    ? []
    : [{ kind: 'judged', message: `counts as ${outcome} before anything moved` }];
}

function unreachable(world: World, expert: Expert, seed: number): Omit<ResetProblem, 'seed'>[] {
  const { joints, frames } = observeWorld(world);
  expert.reset(seed);
  return expert.reach(joints, frames).flatMap(({ hand, phase, error_m, error_rad }) => {
    if (error_m <= resetLimits.reach_m && error_rad <= resetLimits.reach_rad) return [];
    const rest = `${millimetres(error_m)} and ${error_rad.toFixed(2)} rad from its target`;
    return [{ kind: 'unreachable' as const, message: `${phase}: the ${hand} hand stays ${rest}` }];
  });
}

function millimetres(metres: number): string {
  return `${(1000 * metres).toFixed(1)} mm`;
}

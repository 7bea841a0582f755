/** Probes that change when something is seen: standing still, going round in circles, waiting, stopping short, a camera that is late. */
import { cutBefore, dropped, frozen, hovering, loops, stale } from '../clip-changes.js';
import {
  neverDone,
  noMorePaid,
  noNewDone,
  nothingGained,
  nothingPaid,
  samePay,
  steadyProgress,
} from './checks.js';
import { paidFor, type Probe, type Run } from './probe.js';

/** Times that the robot goes forward and back. */
const loopCounts = [1, 2, 4] as const;

/** Steps that the robot stays at the goal. */
const hoverSteps = 20;

/** What is said from the goal on. */
const atGoal = ({ sample, judgements }: Run): Run['judgements'] =>
  judgements.slice(sample.clip.moments.length - 1);

export const timeProbes: readonly Probe[] = [
  {
    name: 'frozen',
    description: 'The first or the middle frame for the whole episode.',
    ...{ clips: 'all', needs_images: false, same_ending: false },
    variants: ({ clip }) => [frozen(clip, 0), frozen(clip, Math.floor((clip.moments.length - 1) / 2))],
    checks: (runs, bench) => [nothingPaid(runs), neverDone(runs, bench)],
  },
  {
    name: 'loops',
    description: 'Forward to the middle of a success and back, 1, 2 and 4 times.',
    ...{ clips: 'successes', needs_images: false, same_ending: false },
    variants: ({ clip }) =>
      loopCounts.map((count) => loops(clip, Math.floor((clip.moments.length - 1) / 2), count)),
    checks: (runs) => [samePay(runs)],
  },
  {
    name: 'hover',
    description: `A success, then its last frame for ${hoverSteps} steps; what these steps are paid.`,
    ...{ clips: 'successes', needs_images: false, same_ending: false },
    variants: ({ clip }) => [hovering(clip, hoverSteps)],
    paid: (run) => paidFor(atGoal(run)),
    checks: (runs) => [nothingGained(runs.map((run) => paidFor(atGoal(run)).difference))],
  },
  {
    name: 'near_miss',
    description: 'A success cut short before its end, by 10 steps unless told otherwise.',
    ...{ clips: 'successes', needs_images: false, same_ending: false },
    variants: ({ clip }, { near_miss_steps }) => [cutBefore(clip, near_miss_steps)],
    checks: (runs, bench) => [neverDone(runs, bench)],
  },
  {
    name: 'stale_frames',
    description: 'Every 2nd or 3rd frame shows the one before.',
    ...{ clips: 'all', needs_images: false, same_ending: true },
    variants: ({ clip }) => [stale(clip, 2), stale(clip, 3)],
    checks: (runs, bench) => [steadyProgress(runs), noMorePaid(runs), noNewDone(runs, bench)],
  },
  {
    name: 'dropped_frames',
    description: 'Every 2nd or 3rd frame is left out.',
    ...{ clips: 'all', needs_images: false, same_ending: true },
    variants: ({ clip }) => [dropped(clip, 2), dropped(clip, 3)],
    checks: (runs, bench) => [steadyProgress(runs), noMorePaid(runs), noNewDone(runs, bench)],
  },
];

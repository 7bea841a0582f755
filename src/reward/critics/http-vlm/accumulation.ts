/** From what a model says of two frames to progress since the start; progress in [0, 1], changes in [-1, 1]. */

/** VLAC works in percent. */
const all = 100;

/**
 * Progress after a change that is a share of what was still to do, or, if negative, of what was done (VLAC, mode `mix_f`):
 * v' = v + (100 - v) c / 100 for c >= 0. For c < 0 and v > 50 the way forward is gone back, 100 - 100 max(100 - v, 1) / (100 + c),
 * but not below 10; for c < 0 and v <= 50 v' = v + v c / 100.
 * @param before progress, 0 to 1
 * @param change -1 to 1
 */
export function vlacProgress(before: number, change: number): number {
  const [v, c] = [all * before, all * change];
  return within(vlacPercent(v, c) / all);
}

function vlacPercent(v: number, c: number): number {
  if (c >= 0) return v + ((all - v) * c) / all;
  if (v <= all / 2) return v + (v * c) / all;
  const left = all + c;
  return left <= 0 ? 10 : Math.max(10, all - (all * Math.max(all - v, 1)) / left);
}

/**
 * Progress after a hop (Robo-Dopamine's GRM): p + (1 - p) h for h >= 0, else p + p h.
 * @param before progress, 0 to 1
 * @param hop -1 to 1
 */
export function grmProgress(before: number, hop: number): number {
  return within(hop >= 0 ? before + (1 - before) * hop : before + before * hop);
}

/** Progress by a hop from the start, which is 0, to the present. */
export function grmForward(hop: number): number {
  return within(hop);
}

/** Progress by a hop from the goal, which is 1, back to the present. */
export function grmBackward(hop: number): number {
  return within(1 + hop);
}

/** What is smaller than the zone counts as nothing, so that a model's trembling does not add up. */
export function outsideDeadZone(change: number, zone: number): number {
  return Math.abs(change) < zone ? 0 : change;
}

function within(progress: number): number {
  return Math.min(1, Math.max(0, progress));
}

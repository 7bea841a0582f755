import { Expert } from '../../../src/sim/expert/expert.js';
import type { TaskJudge, Verdict } from '../../../src/sim/expression/judge.js';
import { rollout, type RolloutResult } from '../../../src/sim/rollout.js';
import type { World } from '../../../src/sim/world.js';

/** An episode's end: how it went, and the judge's last quantities by name. */
export type HeldEpisode = RolloutResult & { readonly quantities: Readonly<Record<string, number>> };

/**
 * An episode whose expert repeats its last targets instead of beginning `phase`, until the horizon.
 * @throws Error if it does not come to that phase
 */
export async function holdBefore(
  phase: string,
  world: World,
  judge: TaskJudge,
  { seed, horizon }: { seed: number; horizon: number },
): Promise<HeldEpisode> {
  const expert = await Expert.create(world.task);
  let previous: Float64Array | undefined;
  let held: Float64Array | undefined;
  let last: Verdict | undefined;
  expert.reset(seed);
  try {
    const result = await rollout({
      world,
      judge,
      seed,
      horizon,
      act: ({ joints, frames }) => {
        const targets = expert.act(joints, frames);
        if (expert.phase === phase) held ??= previous;
        previous = targets;
        return held ?? targets;
      },
      onStep: (verdict) => {
        last = verdict;
      },
    });
    if (held === undefined) throw new Error(`the expert has not come to ${phase}`);
    const values = last?.quantities ?? [];
    return { ...result, quantities: Object.fromEntries(judge.names.map((name, i) => [name, values[i]])) };
  } finally {
    expert.dispose();
  }
}

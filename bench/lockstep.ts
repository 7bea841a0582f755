/**
 * The whole loop in lockstep, the learner idle: simulator, observer, base policy, residual, safety and episode manager, as
 * `ros2 launch evaluate_sim_launch.yaml` runs them, with a policy that is made on the spot from a few demonstrations.
 * Usage: npm run bench -- lockstep [--task lift_pixels] [--episodes 10] [--reward FILE] [--json]; the task is lift unless given
 * Prints control steps per second, and the latency from an observation to its command (ExecutedStep.latency). With --reward the
 * critics of a reward file watch, in turn with episodes without them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readEpisodes } from '../src/episodes/log.js';
import { compare, latencies, launch, printWatched, quickBase } from './graph.js';
import { quantile } from './quantile.js';

/** Rounds of episodes without and with critics, in turn. */
const rounds = 3;

type Measurement = {
  readonly steps: number;
  readonly steps_per_s: number;
  readonly latency_p50_ms: number;
  readonly latency_p99_ms: number;
};

async function measure(folder: string, task: string, base: string, episodes: number): Promise<Measurement> {
  // Once for the speed, without a recorder; once for the latencies, which are read from the bag.
  const [fast, recorded] = [join(folder, 'fast'), join(folder, 'recorded')];
  await launch('evaluate_sim_launch.yaml', folder, { task, base, out: fast, episodes: episodes + 1 });
  await launch('evaluate_sim_launch.yaml', folder, {
    ...{ task, base, out: recorded, episodes },
    record: 'true',
  });
  const [first, ...rest] = readEpisodes(join(fast, 'episodes.jsonl'));
  const last = rest[rest.length - 1];
  // The first episode warms up: it counts neither as steps nor as time.
  const steps = last.total_steps - first.steps;
  const found = await latencies(join(recorded, 'bag'));
  return {
    steps,
    steps_per_s: steps / (last.wall_s - first.wall_s),
    latency_p50_ms: 1000 * quantile(found, 0.5),
    latency_p99_ms: 1000 * quantile(found, 0.99),
  };
}

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: 'lift' },
    episodes: { type: 'string', default: '10' },
    reward: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const episodes = Number(values.episodes);
if (!Number.isInteger(episodes) || episodes < 1)
  throw new Error('--episodes: expected a whole number from 1');
const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
try {
  const { task, reward } = values;
  const base = await quickBase(folder, task);
  const result = await measure(folder, task, base, episodes);
  console.log(`${result.steps} control steps, ${result.steps_per_s.toFixed(1)} steps/s`);
  console.log(
    `observation to command: p50 ${result.latency_p50_ms.toFixed(2)} ms, p99 ${result.latency_p99_ms.toFixed(2)} ms`,
  );
  const watched =
    reward === undefined
      ? undefined
      : await compare(rounds, async (critics, round) => {
          const out = join(folder, `${critics}-${round}`);
          const given = critics === 'with' ? { reward: resolve(reward) } : {};
          const run = { task, base, out, episodes, record: 'true', ...given };
          await launch('evaluate_sim_launch.yaml', folder, run);
          return join(out, 'bag');
        });
  if (watched !== undefined) printWatched(watched);
  if (values.json) console.log(JSON.stringify({ ...result, ...watched }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

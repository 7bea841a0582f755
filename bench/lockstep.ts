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
import { BagReader } from '../src/bag/reader.js';
import { trainBase } from '../src/cli/behaviour-cloning.js';
import { runLaunch } from '../src/cli/launch-child.js';
import { readEpisodes } from '../src/episodes/log.js';
import { createCodec } from '../src/interfaces/codec.js';
import { quantile } from './quantile.js';

/** Rounds of episodes without and with critics, in turn. */
const rounds = 3;

/** Latency from an observation to its command, ms, of all rounds together. */
type Watched = {
  readonly without_p50_ms: number;
  readonly without_p99_ms: number;
  readonly with_p50_ms: number;
  readonly with_p99_ms: number;
  /** of the observations with critics: how many were judged */
  readonly judged: number;
  readonly observations: number;
};

type Measurement = {
  readonly steps: number;
  readonly steps_per_s: number;
  readonly latency_p50_ms: number;
  readonly latency_p99_ms: number;
};

async function launch(file: string, folder: string, values: Record<string, string | number>): Promise<void> {
  const log = join(folder, `${file}.log`);
  await runLaunch({ file, arguments: values, log, onTick: () => undefined });
}

/** Latencies [s] of all executed steps of a bag. */
async function latencies(bag: string): Promise<number[]> {
  const codec = createCodec('graft_msgs/msg/ExecutedStep');
  const reader = await BagReader.open(bag);
  const all: number[] = [];
  for await (const { data } of reader.messages({ topics: ['/executed_step'] }))
    all.push(codec.decode(data).latency);
  await reader.close();
  return all;
}

async function countOf(bag: string, topic: string): Promise<number> {
  const reader = await BagReader.open(bag);
  const found = reader.topics().find(({ name }) => name === topic);
  await reader.close();
  return found?.count ?? 0;
}

/** Episodes with and without critics in turn, so that what else the machine does falls on both. */
async function watch(folder: string, task: string, episodes: number, reward: string): Promise<Watched> {
  const base = join(folder, 'base');
  const found = { without: [] as number[], with: [] as number[] };
  const counts = { judged: 0, observations: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const critics of ['without', 'with'] as const) {
      const out = join(folder, `${critics}-${round}`);
      const given = critics === 'with' ? { reward: resolve(reward) } : {};
      const values = { task, base, out, episodes, record: 'true', ...given };
      await launch('evaluate_sim_launch.yaml', folder, values);
      const bag = join(out, 'bag');
      found[critics].push(...(await latencies(bag)));
      if (critics === 'without') continue;
      counts.judged += await countOf(bag, '/reward');
      counts.observations += await countOf(bag, '/observation');
    }
  }
  const ms = (values: readonly number[], q: number): number => 1000 * quantile(values, q);
  return {
    ...{ without_p50_ms: ms(found.without, 0.5), without_p99_ms: ms(found.without, 0.99) },
    ...{ with_p50_ms: ms(found.with, 0.5), with_p99_ms: ms(found.with, 0.99) },
    ...counts,
  };
}

async function measure(folder: string, task: string, episodes: number): Promise<Measurement> {
  const [demos, base] = [join(folder, 'demos'), join(folder, 'base')];
  await launch('collect_demos_launch.yaml', folder, { task, out: demos, episodes: 5 });
  await trainBase({ bags: demos, out: base, task, iterations: 20 });
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
  const result = await measure(folder, values.task, episodes);
  console.log(`${result.steps} control steps, ${result.steps_per_s.toFixed(1)} steps/s`);
  console.log(
    `observation to command: p50 ${result.latency_p50_ms.toFixed(2)} ms, p99 ${result.latency_p99_ms.toFixed(2)} ms`,
  );
  const watched =
    values.reward === undefined ? undefined : await watch(folder, values.task, episodes, values.reward);
  if (watched !== undefined) {
    const of = (p50: number, p99: number): string => `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
    console.log(`without critics: ${of(watched.without_p50_ms, watched.without_p99_ms)}`);
    console.log(`with critics: ${of(watched.with_p50_ms, watched.with_p99_ms)}`);
  }
  if (values.json) console.log(JSON.stringify({ ...result, ...watched }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What benches of the running graph share: a policy made on the spot, and what a bag says of the control loop. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BagReader } from '../src/bag/reader.js';
import { trainBase } from '../src/cli/behaviour-cloning.js';
import { rosDomain, runLaunch } from '../src/cli/launch-child.js';
import { createCodec } from '../src/interfaces/codec.js';
import { quantile } from './quantile.js';

/** Runs a launch file, below launch/ or of an absolute path, to its end; its log stays in `folder`. */
export async function launch(
  file: string,
  folder: string,
  values: Record<string, string | number>,
): Promise<void> {
  const log = join(folder, `${basename(file)}.log`);
  await runLaunch({ file, arguments: values, log, onTick: () => undefined });
}

/** Starts `ros2` with a log in `folder`. @returns what ends it as Ctrl-C does */
export function startRos2(folder: string, name: string, argv: readonly string[]): () => Promise<void> {
  const log = openSync(join(folder, `${name}.log`), 'a');
  const env = { ...process.env, ROS_DOMAIN_ID: rosDomain(process.env, process.pid) };
  const child = spawn('ros2', argv, { stdio: ['ignore', log, log], env });
  closeSync(log);
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  const ended = new Promise<void>((done) =>
    child.once('close', () => {
      process.off('exit', kill);
      done();
    }),
  );
  return () => {
    child.kill('SIGINT');
    return ended;
  };
}

/** Clones a few demonstrations. @returns the folder of the policy, which need not be good */
export async function quickBase(folder: string, task: string): Promise<string> {
  const [demos, base] = [join(folder, 'demos'), join(folder, 'base')];
  await launch('collect_demos_launch.yaml', folder, { task, out: demos, episodes: 5 });
  await trainBase({ bags: demos, out: base, task, iterations: 20 });
  return base;
}

/** From an observation to its command, s, of all executed steps of a bag. */
export async function latencies(bag: string): Promise<number[]> {
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

/** Latency from an observation to its command, ms, of all rounds together. */
export type Watched = {
  readonly without_p50_ms: number;
  readonly without_p99_ms: number;
  readonly with_p50_ms: number;
  readonly with_p99_ms: number;
  /** of the observations with critics: how many were judged */
  readonly judged: number;
  readonly observations: number;
  /** p99 of each round, ms: how far it moves by itself */
  readonly rounds: Readonly<Record<'without' | 'with', readonly number[]>>;
};

/** The first steps of a round, in which code is still being compiled; they do not count. */
const warmUp = 100;

async function warmLatencies(bag: string): Promise<number[]> {
  const all = await latencies(bag);
  if (all.length <= warmUp)
    throw new Error(`${bag}: ${all.length} steps, expected more than the ${warmUp} that do not count`);
  return all.slice(warmUp);
}

/**
 * Rounds without and with critics in turn, so that what else the machine does falls on both.
 * @param record runs the graph once. @returns its bag
 */
export async function compare(
  rounds: number,
  record: (critics: 'without' | 'with', round: number) => Promise<string>,
): Promise<Watched> {
  const found = { without: [] as number[][], with: [] as number[][] };
  const counts = { judged: 0, observations: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const critics of ['without', 'with'] as const) {
      const bag = await record(critics, round);
      found[critics].push(await warmLatencies(bag));
      if (critics === 'without') continue;
      counts.judged += await countOf(bag, '/reward');
      counts.observations += await countOf(bag, '/observation');
    }
  }
  const ms = (values: readonly number[], q: number): number => 1000 * quantile(values, q);
  const [without, watched] = [found.without.flat(), found.with.flat()];
  const p99s = (of: readonly number[][]): number[] => of.map((values) => ms(values, 0.99));
  return {
    ...{ without_p50_ms: ms(without, 0.5), without_p99_ms: ms(without, 0.99) },
    ...{ with_p50_ms: ms(watched, 0.5), with_p99_ms: ms(watched, 0.99) },
    ...counts,
    rounds: { without: p99s(found.without), with: p99s(found.with) },
  };
}

export function printWatched(watched: Watched): void {
  const of = (p50: number, p99: number, rounds: readonly number[]): string =>
    `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms (of each round ${rounds.map((ms) => ms.toFixed(1)).join(', ')})`;
  const { rounds } = watched;
  console.log(`without critics: ${of(watched.without_p50_ms, watched.without_p99_ms, rounds.without)}`);
  console.log(`with critics: ${of(watched.with_p50_ms, watched.with_p99_ms, rounds.with)}`);
}

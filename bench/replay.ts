/**
 * Replay with images: memory of a transition, inserts and batches per second, raw and packed, with and without random shift.
 * The images are what two cameras of 84 x 84 px render of `lift` while the noisy expert acts (bench/replay-task.yaml); its
 * episodes are put in again and again until the rows are there, and what a longer replay takes follows from these.
 * Usage: npm run bench -- replay [--rows 20000] [--episodes 40] [--batch 64] [--batches 40] [--json]
 * `--json` writes bench/results/replay.json. Each variant has a process of its own, for its resident memory. Times are those that
 * the process worked, not those that it waited for a core.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { projectFile } from '../src/config/paths.js';
import { createRandom } from '../src/engine/index.js';
import { emptyBatch, Replay, type ReplayEpisode } from '../src/learning/replay.js';
import { TaskJudge } from '../src/sim/expression/judge.js';
import { rollout } from '../src/sim/rollout.js';
import { loadTask } from '../src/sim/task.js';
import { WorldObserver } from '../src/sim/world-observer.js';
import { World } from '../src/sim/world.js';
import { createAgent } from '../src/worlds/agent.js';
import { recordResults } from './record.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    episodes: { type: 'string', default: '40' },
    batch: { type: 'string', default: '64' },
    batches: { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
  },
});
const [rows, episodes, batchSize, batches] = [values.rows, values.episodes, values.batch, values.batches].map(
  Number,
);
const task = loadTask(projectFile('bench', 'replay-task.yaml'));
const { images } = task;
const actionSize = task.action_joints.length;
const [nStep, gamma, shift] = [5, 0.97, 4];

/** Episodes of the expert; numbers as long as the task's, of no meaning here. */
async function recordEpisodes(): Promise<ReplayEpisode[]> {
  const world = await World.create(task);
  const observer = new WorldObserver(world);
  const expert = await createAgent(task, { kind: 'expert', noise: true });
  const recorded: ReplayEpisode[] = [];
  for (let seed = 0; seed < episodes; seed++) {
    expert.reset(seed);
    const [input, seen, base]: [Float32Array[], (readonly Uint8Array[])[], Float32Array[]] = [[], [], []];
    const { steps, terminated } = await rollout({
      ...{ world, judge: TaskJudge.compile(task, world.names), seed },
      act: async (inputs) => {
        const observed = observer.observe(inputs);
        const { executed } = await expert.propose(inputs, observed);
        input.push(observed.state);
        seen.push(observed.images);
        base.push(executed);
        return executed;
      },
    });
    const numbers = { input, base, place: base.map(() => 0), action: base.slice(0, steps) };
    const reward = Array<number>(steps).fill(0);
    recorded.push({ ...numbers, images: seen, reward, terminated });
  }
  await expert.dispose();
  world.dispose();
  return recorded;
}

/** ms that the process took for `action`, on whichever core. */
function processMs(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Resident memory after garbage is gone, bytes. */
function residentBytes(): number {
  collectGarbage();
  return process.memoryUsage().rss;
}

function fill(replay: Replay, recorded: readonly ReplayEpisode[]): number {
  let transitions = 0;
  for (let k = 0; replay.rows + 100 < rows; k++) {
    const episode = recorded[k % recorded.length];
    replay.add(episode);
    transitions += episode.action.length;
  }
  return transitions;
}

/** ms of one batch, and of each frame in it. */
function sampleMs(replay: Replay): number {
  const [batch, random] = [emptyBatch(batchSize, replay.inputSize, actionSize, images), createRandom(0)];
  const draw = (): void => replay.sample(batch, 0, batchSize, nStep, gamma, random);
  draw();
  return (
    processMs(() => {
      for (let i = 0; i < batches; i++) draw();
    }) / batches
  );
}

type Variant = { readonly compress_frames: boolean; readonly random_shift: number };

function measure(recorded: readonly ReplayEpisode[], { compress_frames, random_shift }: Variant): object {
  const inputSize = recorded[0].input[0].length;
  const before = residentBytes();
  const replay = new Replay(rows, inputSize, actionSize, { images, random_shift, compress_frames });
  let transitions = 0;
  const insertMs = processMs(() => (transitions = fill(replay, recorded)));
  const resident = (residentBytes() - before) / transitions;
  const perTransition = (replay.bytesPerRow * replay.rows) / transitions;
  const perBatch = sampleMs(replay);
  return {
    compress_frames,
    random_shift,
    rows: replay.rows,
    transitions,
    bytes_per_row: Math.round(replay.bytesPerRow),
    bytes_per_transition: Math.round(perTransition),
    resident_bytes_per_transition: Math.round(resident),
    gb_of_100000_transitions: Number((perTransition / 1e4).toFixed(3)),
    resident_gb_of_100000_transitions: Number((resident / 1e4).toFixed(3)),
    rows_inserted_per_s: Math.round((1000 * replay.rows) / insertMs),
    ms_per_batch: Number(perBatch.toFixed(2)),
    batches_per_s: Number((1000 / perBatch).toFixed(1)),
  };
}

type Order = { readonly recorded: ReplayEpisode[]; readonly variant: Variant };

/** The measurement of a variant, in a process of its own. */
async function measureApart(order: Order): Promise<object> {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), { serialization: 'advanced' });
  child.send(order);
  const [measured] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [object | number];
  if (typeof measured !== 'object') throw new Error('the process that measures ended');
  return measured;
}

if (process.send !== undefined) {
  const [{ recorded, variant }] = (await once(process, 'message')) as [Order];
  process.send(measure(recorded, variant));
  process.disconnect();
} else {
  const recorded = await recordEpisodes();
  const measured: object[] = [];
  for (const compress_frames of [false, true])
    for (const random_shift of [0, shift])
      measured.push(await measureApart({ recorded, variant: { compress_frames, random_shift } }));
  const results = { batch: batchSize, cameras: images.length, episodes, measured };
  if (values.json) recordResults('replay', results);
  else console.table(measured);
}

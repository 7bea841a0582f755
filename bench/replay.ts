/**
 * The replay: inserts and samples per second and bytes of a transition, beside cpprb's buffer of PyPI, in the same run: with numbers alone,
 * as residuals from state have it, and with the images of two cameras of 84 x 84 px. Beyond that, what packing and random shift cost.
 * The images are what the cameras render of `lift` while the noisy expert acts (bench/replay/task.yaml); its episodes are put in again and
 * again until the rows are there. Both add whole episodes and give n-step transitions. cpprb holds what follows a transition beside it and gives
 * images as bytes; graft holds each observation once and gives images as the floats that the graph is fed.
 * Usage: npm run bench -- replay [--rows 20000] [--episodes 40] [--batch 64] [--batches 40] [--rounds 2] [--json]
 * `--batch` is that of images; numbers have batches of 256. Each measurement has a process of its own, for its resident memory, and is the
 * median of rounds in turn. Times are those that a process worked, not those that it waited for a core. `--json` writes bench/results/replay.json.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { projectFile } from '../src/config/paths.js';
import { createRandom } from '../src/engine/index.js';
import { emptyBatch, Replay, type ReplayEpisode } from '../src/learning/replay.js';
import type { ImageSpec } from '../src/robot/image-spec.js';
import { TaskJudge } from '../src/sim/expression/judge.js';
import { rollout } from '../src/sim/rollout.js';
import { loadTask } from '../src/sim/task.js';
import { WorldObserver } from '../src/sim/world-observer.js';
import { World } from '../src/sim/world.js';
import { createAgent } from '../src/worlds/agent.js';
import { pythonWith } from './peer/python.js';
import { quantile } from './quantile.js';
import { recordResults } from './record.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    episodes: { type: 'string', default: '40' },
    batch: { type: 'string', default: '64' },
    batches: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const { rows, episodes, batch, batches, rounds } = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [name, Number(value)]),
);
/** Transitions of a batch of numbers, as the learner's default is. */
const numbersBatch = 256;
const cpprb = 'cpprb==11.0.0';
const task = loadTask(projectFile('bench', 'replay', 'task.yaml'));
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

/** ms of one batch, after as many that do not count, in which code is compiled. */
function sampleMs(replay: Replay, size: number, specs: readonly ImageSpec[]): number {
  const [place, random] = [emptyBatch(size, replay.inputSize, actionSize, specs), createRandom(0)];
  const draw = (): void => replay.sample(place, 0, size, nStep, gamma, random);
  const count = batchesOf(specs.length > 0);
  const drawAll = (): void => {
    for (let i = 0; i < count; i++) draw();
  };
  drawAll();
  return processMs(drawAll) / count;
}

type Variant = {
  readonly images: boolean;
  readonly compress_frames: boolean;
  readonly random_shift: number;
};

/** Of one round, or medians of all. */
type Measured = {
  readonly inserts_per_s: number;
  readonly transitions_sampled_per_s: number;
  readonly ms_per_batch: number;
  readonly bytes_per_transition: number;
  readonly resident_bytes_per_transition?: number;
};

const batchOf = (images: boolean): number => (images ? batch : numbersBatch);
/** Batches of numbers are short. */
const batchesOf = (images: boolean): number => (images ? batches : 50 * batches);

function measure(recorded: readonly ReplayEpisode[], variant: Variant): Measured {
  const specs = variant.images ? images : [];
  const blind = recorded.map((episode) => ({ ...episode, images: episode.images.map(() => []) }));
  const before = residentBytes();
  const replay = new Replay(rows, recorded[0].input[0].length, actionSize, { ...variant, images: specs });
  let transitions = 0;
  const insertMs = processMs(() => (transitions = fill(replay, variant.images ? recorded : blind)));
  const resident = (residentBytes() - before) / transitions;
  const size = batchOf(variant.images);
  const perBatch = sampleMs(replay, size, specs);
  return {
    inserts_per_s: Math.round((1000 * transitions) / insertMs),
    transitions_sampled_per_s: Math.round((1000 * size) / perBatch),
    ms_per_batch: Number(perBatch.toFixed(3)),
    bytes_per_transition: Math.round((replay.bytesPerRow * replay.rows) / transitions),
    // What numbers take is lost in what the process gives back meanwhile.
    ...(variant.images && { resident_bytes_per_transition: Math.round(resident) }),
  };
}

type Order = { readonly recorded: ReplayEpisode[]; readonly variant: Variant };

/** The measurement of a variant, in a process of its own. */
async function measureApart(order: Order): Promise<Measured> {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), { serialization: 'advanced' });
  child.send(order);
  const [measured] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [
    Measured | number,
  ];
  if (typeof measured !== 'object') throw new Error('the process that measures ended');
  return measured;
}

function measurePeer(recorded: readonly ReplayEpisode[], withImages: boolean): Measured {
  const order = {
    ...{ rows, batches: batchesOf(withImages), batch: batchOf(withImages) },
    ...{ input: recorded[0].input[0].length, action: actionSize, images: withImages ? images.length : 0 },
    lengths: recorded.map(({ action }) => action.length),
  };
  const program = projectFile('bench', 'replay', 'cpprb_replay.py');
  const answer = execFileSync(pythonWith(cpprb), [program, JSON.stringify(order)], { encoding: 'utf8' });
  return JSON.parse(answer) as Measured;
}

/** The median of rounds, figure by figure. */
function median(measured: readonly Measured[]): Measured {
  const keys = Object.keys(measured[0]) as (keyof Measured)[];
  const medians = keys.map((key) => {
    const all = measured.map((one) => one[key] ?? NaN);
    return [key, quantile(all, 0.5)] as const;
  });
  return Object.fromEntries(medians) as Measured;
}

const numbers: Variant = { images: false, compress_frames: false, random_shift: 0 };
const raw: Variant = { images: true, compress_frames: false, random_shift: 0 };

/** All that is measured, by name. */
function measurements(recorded: ReplayEpisode[]): Record<string, () => Promise<Measured>> {
  const own = (variant: Variant) => () => measureApart({ recorded, variant });
  const peer = (withImages: boolean) => () => Promise.resolve(measurePeer(recorded, withImages));
  return {
    graft: own(numbers),
    cpprb: peer(false),
    graft_images: own(raw),
    cpprb_images: peer(true),
    graft_images_shifted: own({ ...raw, random_shift: shift }),
    graft_images_packed: own({ ...raw, compress_frames: true }),
    graft_images_packed_shifted: own({ ...raw, compress_frames: true, random_shift: shift }),
  };
}

if (process.send !== undefined) {
  const [{ recorded, variant }] = (await once(process, 'message')) as [Order];
  process.send(measure(recorded, variant));
  process.disconnect();
} else {
  const all = measurements(await recordEpisodes());
  const found = new Map(Object.keys(all).map((name) => [name, [] as Measured[]]));
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(all)) found.get(name)?.push(await run());
  const results = Object.fromEntries([...found].map(([name, measured]) => [name, median(measured)]));
  console.table(results);
  if (values.json) recordResults('replay', { ...results, batch, cameras: images.length, episodes, rows });
}

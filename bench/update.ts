/**
 * What an update of the residual learner costs with each view, and where its time goes: the graphs of critic and actor on
 * batches of noise, with ONNX Runtime's own profile of their operators.
 * Usage: npm run bench -- update --base runs/features/base [--views state,features,images] [--settings FILE] [--updates 20] [--json]
 * --base is the folder of a base policy, whose manifest says what the residual sees; --settings sets the learner for view images.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { projectFile } from '../src/config/paths.js';
import { learnerSettings } from '../src/cli/learner-settings.js';
import { createRandom, sizeOf, type Program, type Signature } from '../src/engine/index.js';
import { sessionOptions } from '../src/engine/devices.js';
import { trace } from '../src/engine/onnx/trace.js';
import { freeOrt, toOrt } from '../src/engine/session.js';
import { hyperparameters, type Hyperparameters } from '../src/learning/hyperparameters.js';
import {
  actorProgram,
  criticProgram,
  td3Feeds,
  td3Signature,
  type Td3Settings,
} from '../src/learning/residual-td3.js';
import { BasePolicy } from '../src/policy/base-policy.js';
import type { Manifest } from '../src/policy/manifest.js';
import { actorShape } from '../src/policy/residual-actor.js';
import { residualViews, type ResidualView } from '../src/policy/residual-input.js';
import { quantile } from './quantile.js';

/** Milliseconds and 10^9 operations are of one update. */
type Cost = {
  readonly view: ResidualView;
  readonly graph: string;
  readonly batch_size: number;
  readonly threads: number;
  /** median */
  readonly ms: number;
  /** multiplications and additions of all matrix products */
  readonly gflop: number;
  /** share of each operator in the time of all, largest first */
  readonly shares: Readonly<Record<string, number>>;
};

/** An event of ONNX Runtime's profile; `dur` in us. Shapes are listed as `{ float: [2, 3] }`. */
type ProfileEvent = {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
};

const { values: options } = parseArgs({
  options: {
    base: { type: 'string' },
    views: { type: 'string', default: 'state,features,images' },
    settings: { type: 'string', default: projectFile('launch', 'config', 'from_images.yaml') },
    updates: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});

function settingsOf(view: ResidualView, manifest: Manifest): Td3Settings {
  const own = view === 'images' ? learnerSettings(options.settings) : {};
  const hyper: Hyperparameters = hyperparameters({ ...own, view });
  return { shape: actorShape(manifest, view, hyper), hyper };
}

/** Values for what a graph reads: noise of the size that weights and standardised inputs have, moments above zero. */
function noise(inputs: Signature): Record<string, ort.Tensor> {
  const random = createRandom(0);
  const entries = Object.entries(inputs).map(([name, spec]) => {
    const values = Float32Array.from({ length: sizeOf(spec.shape) }, () => 0.05 * Math.abs(random.normal()));
    return [name, toOrt(values, spec)] as const;
  });
  return Object.fromEntries(entries);
}

/** Runs a graph `updates` times, and once before for the memory it plans. @returns the events of the runs that count */
async function profile(program: Program, given: Signature, threads: number): Promise<ProfileEvent[]> {
  const { bytes, inputs } = trace(program, given);
  const folder = mkdtempSync(join(tmpdir(), 'graft-profile-'));
  try {
    const session = await ort.InferenceSession.create(bytes, {
      ...sessionOptions('cpu', threads),
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
    });
    const feeds = noise(inputs);
    for (let i = 0; i <= Number(options.updates); i++)
      Object.values(await session.run(feeds)).forEach(freeOrt);
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[];
    const first = events.findIndex(({ name }) => name === 'model_run');
    return events.slice(first + 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Multiplications and additions of a product of [.., m, k] and [.., k, n], either transposed or not; 0 for other operators. */
function flopsOf({ args }: ProfileEvent): number {
  if (!/(MatMul|Gemm)$/.test(args.op_name ?? '')) return 0;
  const [a, b] = (args.input_type_shape ?? []).map((input) => Object.values(input)[0]);
  const [output] = (args.output_type_shape ?? []).map((found) => Object.values(found)[0]);
  const batches = a.length > 2 && b.length > 2 ? sizeOf(output.slice(0, -2)) : 1;
  const inner = Math.sqrt((sizeOf(a) * sizeOf(b)) / sizeOf(output) / batches);
  return 2 * sizeOf(output) * inner;
}

function costOf(view: ResidualView, graph: string, hyper: Hyperparameters, events: ProfileEvent[]): Cost {
  const runs = events.filter(({ name }) => name === 'model_run').map(({ dur }) => dur / 1000);
  const kernels = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  const times = new Map<string, number>();
  for (const { args, dur } of kernels) {
    const operator = args.op_name ?? 'unknown';
    times.set(operator, (times.get(operator) ?? 0) + dur);
  }
  const total = kernels.reduce((sum, { dur }) => sum + dur, 0);
  const shares = [...times]
    .sort(([, a], [, b]) => b - a)
    .map(([name, time]) => [name, time / total] as const);
  const flops = kernels.reduce((sum, event) => sum + flopsOf(event), 0);
  return {
    ...{ view, graph, batch_size: hyper.batch_size, threads: hyper.threads },
    ms: quantile(runs, 0.5),
    gflop: flops / runs.length / 1e9,
    shares: Object.fromEntries(shares),
  };
}

/** What an update of critic and of actor costs with a view. */
async function measure(view: ResidualView, manifest: Manifest): Promise<Cost[]> {
  const settings = settingsOf(view, manifest);
  const feeds = td3Feeds(settings);
  const programs = { critic: criticProgram(settings), actor: actorProgram(settings) };
  const costs: Cost[] = [];
  for (const graph of ['critic', 'actor'] as const) {
    const given = { ...td3Signature(settings), ...feeds[graph] };
    const events = await profile(programs[graph], given, settings.hyper.threads);
    costs.push(costOf(view, graph, settings.hyper, events));
  }
  return costs;
}

function print({ view, graph, batch_size, threads, ms, gflop, shares }: Cost): void {
  const most = Object.entries(shares).slice(0, 6);
  const list = most.map(([name, share]) => `${name} ${(100 * share).toFixed(0)} %`).join(', ');
  console.log(
    `${view}, ${graph}, batch ${batch_size}, ${threads} thread(s): ${ms.toFixed(1)} ms, ` +
      `${gflop.toFixed(2)} GFLOP, ${((1000 * gflop) / ms).toFixed(0)} GFLOP/s; ${list}`,
  );
}

if (options.base === undefined) throw new Error('--base: expected the folder of a base policy');
const { manifest } = await BasePolicy.load(options.base);
const asked = options.views.split(',');
const views = residualViews.filter((view) => asked.includes(view));
if (views.length !== asked.length) throw new Error(`--views: expected some of ${residualViews.join(', ')}`);
if (!(Number.isInteger(Number(options.updates)) && Number(options.updates) >= 1))
  throw new Error('--updates: expected a whole number from 1');
const costs: Cost[] = [];
for (const view of views) {
  const found = await measure(view, manifest);
  found.forEach(print);
  costs.push(...found);
}
if (options.json) console.log(JSON.stringify(costs));

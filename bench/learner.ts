/**
 * What an update of the residual learner costs beside PyTorch and JAX on the same cores: one critic step (targets, forward, backward,
 * clipping, AdamW, target networks), one actor step, and four critic steps as one call; 10 heads, batch 256, critics' input 64.
 * Usage: npm run bench -- learner [--rounds 7] [--threads N] [--hidden 256,1024] [--json]
 * The peers are torch eager (with its fused AdamW), torch.compile and jax.jit, installed from PyPI into a virtual environment; all
 * use `threads` threads, as many as there are cores unless given. Libraries take turns, a round each; figures are medians over all calls.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { projectFile } from '../src/config/paths.js';
import {
  createRandom,
  sizeOf,
  type Random,
  type Signature,
  type Stepper,
  type Values,
} from '../src/engine/index.js';
import { hyperparameters } from '../src/learning/hyperparameters.js';
import { compileTd3, td3Feeds, type Td3Settings } from '../src/learning/residual-td3.js';
import { pythonWith, PythonPeer } from './peer/python.js';
import { quantile } from './quantile.js';
import { recordResults } from './record.js';

const packages = ['torch==2.15.0', 'jax==0.10.2', 'jaxlib==0.10.2', 'numpy==2.4.6'];
const libraries = ['eager', 'compile', 'jax'] as const;
const steps = ['critic', 'actor', 'utd4'] as const;
type Step = (typeof steps)[number];

/** Calls of a library in one round: about half a second of work. */
const callsOf: Readonly<Record<number, Record<Step, number>>> = {
  256: { critic: 30, actor: 30, utd4: 8 },
  1024: { critic: 4, actor: 4, utd4: 1 },
};

/** A learner's programs over random weights, fed with noise. */
class Subject {
  readonly #batches: readonly Values[];
  readonly #actorBatch: Values;

  private constructor(
    private readonly stepper: Stepper<'critic' | 'actor'>,
    feeds: { readonly critic: Signature; readonly actor: Signature },
    random: Random,
  ) {
    this.#batches = [0, 1, 2, 3].map(() => drawn(feeds.critic, random));
    this.#actorBatch = drawn(feeds.actor, random);
  }

  static async create(hidden_size: number, threads: number): Promise<Subject> {
    const hyper = hyperparameters({ hidden_size });
    const shape = { input_size: 37, action_size: 13, hidden_size, layer_norm: true, encoders: [] };
    const settings: Td3Settings = { shape, hyper };
    const random = createRandom(0);
    const stepper = await compileTd3(settings, random, { threads });
    return new Subject(stepper, td3Feeds(settings), random);
  }

  get device(): string {
    return this.stepper.device;
  }

  async step(name: Step): Promise<void> {
    if (name === 'actor') await this.stepper.step('actor', this.#actorBatch);
    else {
      const batches = this.#batches.slice(0, name === 'utd4' ? 4 : 1);
      await Promise.all(batches.map((batch) => this.stepper.step('critic', batch)));
    }
  }

  /** Milliseconds of each of `calls` calls. */
  async time(name: Step, calls: number): Promise<number[]> {
    const times: number[] = [];
    for (let call = 0; call < calls; call++) {
      const start = performance.now();
      await this.step(name);
      times.push(performance.now() - start);
    }
    return times;
  }
}

function drawn(signature: Signature, random: Random): Values {
  const values = Object.entries(signature).map(([name, { shape }]) => {
    // The first two critics are those whose minimum is the target.
    const draw = (_: unknown, i: number): number => (name === 'subset' ? Number(i < 2) : random.normal());
    return [name, Float32Array.from({ length: sizeOf(shape) }, draw)] as const;
  });
  return Object.fromEntries(values);
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: String(availableParallelism()) },
    hidden: { type: 'string', default: '256,1024' },
    json: { type: 'boolean', default: false },
  },
});
const [rounds, threads] = [Number(options.rounds), Number(options.threads)];
const sizes = options.hidden.split(',').map(Number);
if (!sizes.every((size) => size in callsOf))
  throw new Error(`--hidden: expected some of ${Object.keys(callsOf).join(', ')}`);
const python = pythonWith(...packages);
const peer = new PythonPeer(python, projectFile('bench', 'peer', 'learner.py'), String(threads));

/** Calls until the branch predictors, caches and threads are as in a long training. */
const warmUp = 5;

const rows = [];
for (const hidden of sizes) {
  const subject = await Subject.create(hidden, threads);
  for (const step of steps) {
    const times: Record<string, number[]> = { graft: [], eager: [], compile: [], jax: [] };
    await subject.time(step, warmUp);
    for (let round = 0; round < rounds; round++) {
      const repeats = callsOf[hidden][step];
      times.graft.push(...(await subject.time(step, repeats)));
      for (const library of libraries) {
        const { ms } = await peer.ask<{ ms: number[] }>({ library, hidden, step, repeats });
        times[library].push(...ms);
      }
    }
    const [graft, eager, compiled, jax] = Object.values(times).map((found) => quantile(found, 0.5));
    const best = Math.min(eager, compiled, jax);
    rows.push({
      hidden,
      step,
      graft_ms: graft,
      torch_eager_ms: eager,
      torch_compile_ms: compiled,
      jax_ms: jax,
    });
    console.log(
      `hidden ${hidden}, ${step}: graft (${subject.device}) ${graft.toFixed(2)} ms, torch eager ${eager.toFixed(2)}, ` +
        `torch.compile ${compiled.toFixed(2)}, JAX ${jax.toFixed(2)}: ${(graft / best).toFixed(2)} of the best peer`,
    );
  }
}
peer.close();
recordResults('learner', { packages, threads, rounds, rows });
if (options.json) console.log(JSON.stringify(rows));

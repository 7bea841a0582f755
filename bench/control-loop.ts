/**
 * The control loop: from an observation to its command over DDS, through observer, base policy, residual policy and safety, with 29
 * joints, at control rates and in lockstep; in turn with the learner idle, with the learner busy, and with the same hops in rclpy.
 * Usage: npm run bench -- control-loop [--rates 20,50,100] [--seconds 12] [--rounds 1] [--only graft_busy] [--json]
 * The robot has no physics (bench/control-loop/robot.ts), is the same for both, and measures by its own clock in its own process. At a
 * rate the nodes run in realtime as on a robot, and a latency is from hearing an observation to hearing its command; how far commands
 * are off the beat is told as well, since who is held up before he observes is late without being slow. In lockstep a latency is from before the sensors
 * are sent to hearing the command, which is one hop more, and the next sensors follow at once.
 * A residual with its gate acts from the first step on. Idle: neither learner nor recorder runs. Busy: the recorder records every
 * topic, and the learner updates and hands its weights over every 50 updates. At a rate it owes more updates than it can ever make (utd 64), so that it is never idle; in lockstep it owes one a
 * step, and the robot waits for it as the simulator does in training, before it sends sensors, which no latency contains.
 * `--json` writes bench/results/control-loop.json.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { logTail } from '../src/cli/launch-child.js';
import { projectFile } from '../src/config/paths.js';
import { hyperparameters } from '../src/learning/hyperparameters.js';
import { ResidualLearner } from '../src/learning/residual-learner.js';
import { loadPolicyFile } from '../src/policy/manifest.js';
import type { LoopSummary } from './control-loop/loop-times.js';
import { launch, quickBase } from './graph.js';
import { quantile } from './quantile.js';
import { recordResults } from './record.js';

const variants = ['graft', 'graft_busy', 'rclpy'] as const;
type Variant = (typeof variants)[number];
/** `policies`: how many learned policies were handed over while it was measured. */
type Measured = LoopSummary & { readonly policies: number };
type Figures = Measured & { readonly rounds_p99_ms: readonly number[] };

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '20,50,100' },
    seconds: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string', default: variants.join(',') },
    json: { type: 'boolean', default: false },
  },
});
const rates = values.rates === '' ? [] : values.rates.split(',').map(Number);
const chosen = variants.filter((variant) => values.only.split(',').includes(variant));
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
/** Seconds that do not count, in which code is compiled. */
const warmUp = 4;
/** Updates that the learner owes per step where it is never to be idle. */
const never_done = 64;

const besides = (name: string): string => projectFile('bench', 'control-loop', name);
const robot = fileURLToPath(new URL('control-loop/robot.js', import.meta.url));

/** Task and base policy of a control rate; 0, lockstep, has those that were cloned. */
type Setting = { readonly rate: number; readonly task: string; readonly base: string };

function settingOf(folder: string, base: string, rate: number): Setting {
  const task = besides('task.yaml');
  if (rate === 0) return { rate, task, base };
  const [ownTask, ownBase] = [join(folder, `task-${rate}.yaml`), join(folder, `base-${rate}`)];
  writeFileSync(ownTask, `extends: ${task}\ncontrol_rate_hz: ${rate}\n`);
  cpSync(base, ownBase, { recursive: true });
  const manifest = join(ownBase, 'manifest.yaml');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, text.replace(/^control_rate_hz: .*$/m, `control_rate_hz: ${rate}`));
  return { rate, task: ownTask, base: ownBase };
}

/** A residual as it is before it has learned, with the networks of all defaults. */
async function saveResidual(base: string, folder: string): Promise<void> {
  const { manifest, sha256 } = loadPolicyFile(base);
  const hyper = hyperparameters();
  const learner = await ResidualLearner.create({ manifest, base_sha256: sha256, hyper, seed: 0 });
  await learner.save(folder);
  await learner.dispose();
}

/** The log of the launch that ran in a folder. */
function logOf(folder: string): string {
  const name = readdirSync(folder).find((file) => file.endsWith('.log'));
  return join(folder, name ?? 'no log');
}

/** Starts a graph, lets the robot measure, and ends it. @throws Error with the end of the log if he could not */
async function measure(folder: string, variant: Variant, { rate, task, base }: Setting): Promise<Measured> {
  const scratch = mkdtempSync(join(folder, `${variant}-${rate}-`));
  const out = join(scratch, 'figures.json');
  const common = { task, rate, seconds, warm_up: warmUp, robot, out };
  if (variant === 'rclpy') {
    await launch(besides('rclpy_launch.yaml'), scratch, { ...common, nodes: besides('rclpy_nodes.py') });
  } else {
    const clock = rate === 0 ? 'lockstep' : 'realtime';
    const learner = variant === 'graft_busy' ? 'true' : 'false';
    const demos = join(folder, 'demos');
    const checkpoint = join(folder, 'checkpoint');
    const utd = rate === 0 ? 1 : never_done;
    const given = { ...common, base, checkpoint, demos, run: scratch, clock, learner, utd };
    await launch(besides('graft_launch.yaml'), scratch, given);
  }
  if (!existsSync(out))
    throw new Error(`${variant} at ${rate} Hz was not measured:\n${logTail(logOf(scratch))}`);
  return JSON.parse(readFileSync(out, 'utf8')) as Measured;
}

const median = (all: readonly number[]): number => quantile(all, 0.5);

/** The median of rounds, figure by figure. */
function summarise(measured: readonly Measured[]): Figures {
  const keys = Object.keys(measured[0]) as (keyof Measured)[];
  const medians = keys.map((key) => [key, median(measured.map((one) => one[key] ?? NaN))] as const);
  return {
    ...(Object.fromEntries(medians) as Measured),
    rounds_p99_ms: measured.map(({ p99_ms }) => p99_ms),
  };
}

function print(rate: number, variant: Variant, figures: Figures): void {
  const { samples, p50_ms, p99_ms, max_ms, missed, policies, off_beat_p99_ms } = figures;
  const place = rate === 0 ? 'lockstep' : `${rate} Hz`;
  const beat = off_beat_p99_ms === undefined ? '' : `, off the beat p99 ${off_beat_p99_ms.toFixed(2)} ms`;
  console.log(
    `${place}, ${variant}: p50 ${p50_ms.toFixed(2)} ms, p99 ${p99_ms.toFixed(2)} ms, max ${max_ms.toFixed(1)} ms${beat} ` +
      `(${samples} commands, ${missed} missed, ${policies} policies)`,
  );
}

/** Rounds of all variants in turn, so that what else the machine does falls on all. */
async function measureAll(folder: string, setting: Setting): Promise<Partial<Record<Variant, Figures>>> {
  const found: Record<Variant, Measured[]> = { graft: [], graft_busy: [], rclpy: [] };
  for (let round = 0; round < rounds; round++)
    for (const variant of chosen) found[variant].push(await measure(folder, variant, setting));
  for (const variant of chosen) print(setting.rate, variant, summarise(found[variant]));
  return Object.fromEntries(chosen.map((variant) => [variant, summarise(found[variant])]));
}

const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
try {
  const base = await quickBase(folder, besides('task.yaml'));
  await saveResidual(base, join(folder, 'checkpoint'));
  const lockstep = await measureAll(folder, settingOf(folder, base, 0));
  const paced: Record<string, Partial<Record<Variant, Figures>>> = {};
  for (const rate of rates) paced[rate] = await measureAll(folder, settingOf(folder, base, rate));
  if (values.json) recordResults('control-loop', { ...lockstep, rates: paced });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

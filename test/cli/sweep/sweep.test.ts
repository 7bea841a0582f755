/** Whole sweeps, far too short to learn anything, in processes of their own. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJsonLines } from '../../../src/config/json-lines.js';
import { projectFile } from '../../../src/config/paths.js';
import { scratchFolder } from '../../config/scratch-folder.js';

const program = projectFile('dist', 'src', 'cli', 'main.js');

type Run = { readonly child: ChildProcess; readonly ended: Promise<{ code: number | null; text: string }> };

function sweep(file: string, out: string, ...more: string[]): Run {
  const child = spawn(process.execPath, [program, 'sweep', file, '--out', out, ...more]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  const ended = new Promise<{ code: number | null; text: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, text })),
  );
  return { child, ended };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 3000, 'nothing happened for five minutes');
    await sleep(100);
  }
}

/** Processes whose command line names the folder. */
function workersOf(folder: string): string[] {
  const commandLine = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(folder));
}

test('the shipped smoke sweep: every method gives evaluations, a row and a line', async (t) => {
  const out = join(scratchFolder(t), 'smoke');
  const { code, text } = await sweep(projectFile('sim', 'sweeps', 'smoke.yaml'), out).ended;
  assert.equal(code, 0, text);
  const table = readFileSync(join(out, 'table.md'), 'utf8');
  const labels = [
    'frozen base',
    'full recipe',
    'no layer norm',
    'from scratch (RLPD)',
    'on-policy (PPO)',
    'filtered BC',
  ];
  for (const label of labels) assert.ok(table.includes(`| ${label} | 1 |`), `${label} in\n${table}`);
  assert.match(readFileSync(join(out, 'figure.svg'), 'utf8'), /^<svg .*lift: methods.*<\/svg>$/s);
  const results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as {
    versions: { node: string };
    tasks: { settings: { trials: { points: unknown[] }[] }[] }[];
  };
  assert.equal(results.versions.node, process.version);
  assert.deepEqual(
    results.tasks[0].settings.map(({ trials }) => trials[0].points.length),
    [3, 3, 3, 3, 3],
  );
});

const text = (steps: number): string => `
name: short
tasks: { lift: { cloning: { iterations: 20 } } }
seeds: [0]
steps: ${steps}
evaluate: { every: 60, episodes: 1 }
demos: 2
settings:
  short: { steps: 60, learner: &small { warmup_steps: 1000, hidden_size: 16, num_q: 2 } }
  wrong: { learner: { num_q: 2, num_min_q: 3 } }
  long: { learner: *small }
`;

test('an interrupted sweep leaves nobody behind and goes on; what fails is reported; changes are noticed', async (t) => {
  const folder = scratchFolder(t);
  const [file, out] = [join(folder, 'short.yaml'), join(folder, 'out')];
  const [short, wrong, long] = ['short', 'wrong', 'long'].map((name) => join(out, 'lift', name, '0'));
  writeFileSync(file, text(2400));
  const points = (): number => readJsonLines(join(long, 'evaluations.jsonl')).length;

  const first = sweep(file, out, '--jobs', '1');
  await until(() => points() > 0);
  first.child.kill('SIGINT');
  const interrupted = await first.ended;
  assert.equal(interrupted.code, 130, interrupted.text);
  assert.match(
    interrupted.text,
    /lift, wrong, seed 0 ended with code 1:.*num_min_q: 3 is more than num_q 2/s,
  );
  assert.match(interrupted.text, /Interrupted\. The same command goes on/);
  assert.deepEqual(workersOf(out), []);
  assert.match(readFileSync(join(out, 'table.md'), 'utf8'), /\| long \| 0 of 1 finished \|/);
  assert.ok(!existsSync(join(long, 'result.json')));

  const killed = sweep(file, out, '--jobs', '1');
  const before = statSync(join(long, 'trial.json')).mtimeMs;
  await until(() => statSync(join(long, 'trial.json')).mtimeMs > before && points() > 0);
  killed.child.kill('SIGKILL');
  await killed.ended;
  await until(() => workersOf(out).length === 0);

  writeFileSync(file, text(180));
  const changed = await sweep(file, out).ended;
  assert.equal(changed.code, 1);
  assert.match(
    changed.text,
    /wrong\/0\/trial\.json: steps: was 2400 and is 180 now; give the setting another name/,
  );

  writeFileSync(file, text(2400));
  const finished = statSync(join(short, 'result.json')).mtimeMs;
  const last = await sweep(file, out, '--jobs', '2').ended;
  assert.equal(last.code, 1, 'one trial failed again');
  assert.match(last.text, /1 job failed, see above/);
  assert.equal(statSync(join(short, 'result.json')).mtimeMs, finished, 'a finished trial is not run again');
  assert.equal(points(), 40);
  assert.ok(!existsSync(join(wrong, 'result.json')));
});

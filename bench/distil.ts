/**
 * The distilled critic: how well it says what its teacher says of episodes that it was not told of, and how long that takes, beside its
 * teacher, on one thread.
 * Usage: npm run bench -- distil --reward FILE --bags DIR --held DIR [--json]
 * FILE has a critic of the kind `distilled` and its teacher; it is told of the episodes in `--bags` and asked of those in `--held`.
 */
import { parseArgs } from 'node:util';
import { createCritics } from '../src/reward/create-critics.js';
import { judgeAll, type Critic } from '../src/reward/critic.js';
import type { DistilledCritic } from '../src/reward/critics/distilled/distilled.js';
import { mean } from '../src/reward/statistics.js';
import { recordedEpisodes } from '../src/reward/recorded-episodes.js';
import { loadReward } from '../src/reward/reward-file.js';
import { quantile } from './quantile.js';

const { values } = parseArgs({
  options: {
    reward: { type: 'string' },
    bags: { type: 'string' },
    held: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const { reward: file, bags, held } = values;
if (file === undefined || bags === undefined || held === undefined)
  throw new Error('--reward, --bags and --held are needed');

const reward = loadReward(file);
const critics = await createCritics(reward);
const find = (name: unknown): Critic => {
  const critic = critics.find((candidate) => candidate.name === name);
  if (critic === undefined) throw new Error(`${file} has no critic ${String(name)}`);
  return critic;
};
const entry = Object.entries(reward.critics).find(([, { kind }]) => kind === 'distilled');
if (entry === undefined) throw new Error(`${file} has no critic of the kind distilled`);
const student = find(entry[0]) as DistilledCritic;
const teacher = find(entry[1].teacher);

const started = performance.now();
let told = 0;
for await (const { clip, ended } of recordedEpisodes([bags])) {
  student.learn(clip, await judgeAll(teacher, clip, ended));
  told += clip.moments.length;
}
await student.settled();
const seconds = (performance.now() - started) / 1000;

const errors: number[] = [];
const agreed: number[] = [];
const times: Record<'student' | 'teacher', number[]> = { student: [], teacher: [] };
for await (const { clip, ended } of recordedEpisodes([held])) {
  let start = performance.now();
  const wanted = await judgeAll(teacher, clip, ended);
  times.teacher.push((performance.now() - start) / clip.moments.length);
  start = performance.now();
  const said = await judgeAll(student, clip, ended);
  times.student.push((performance.now() - start) / clip.moments.length);
  said.forEach(({ progress, done }, i) => {
    if (progress !== undefined) errors.push(Math.abs(progress - (wanted[i].progress ?? NaN)));
    if (done === undefined) return;
    const both = [done >= student.done_threshold, (wanted[i].done ?? 0) >= teacher.done_threshold];
    agreed.push(both[0] === both[1] ? 1 : 0);
  });
}
for (const critic of critics) await critic.dispose();

const result = {
  ...{ told, seconds, moments: errors.length, progress_error: mean(errors), done_agreement: mean(agreed) },
  student_ms: { p50: quantile(times.student, 0.5), p99: quantile(times.student, 0.99) },
  teacher_ms: { p50: quantile(times.teacher, 0.5), p99: quantile(times.teacher, 0.99) },
};
if (values.json) console.log(JSON.stringify(result));
else console.log(result);

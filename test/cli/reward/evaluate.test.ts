import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { graft } from '../../../src/cli/command-line.js';
import { Interrupted } from '../../../src/cli/launch-child.js';
import { evaluateEpisodes, withProgress } from '../../../src/cli/reward/evaluate.js';
import { loadReward } from '../../../src/reward/reward-file.js';
import { findTask } from '../../../src/sim/task.js';
import { EpisodeBag } from '../../../src/worlds/episode-bag.js';
import { runEpisodes } from '../../../src/worlds/pool.js';
import { scratchFolder } from '../../config/scratch-folder.js';
import { failing, rising, writeBag } from '../../reward/evaluation/synthetic.js';

type Output = { readonly code: number; readonly lines: readonly string[]; readonly errors: string };

/** Runs a command line; what it prints is kept. */
async function run(t: Pick<TestContext, 'mock'>, ...argv: string[]): Promise<Output> {
  const lines: string[] = [];
  let errors = '';
  const take = (text: unknown): boolean => {
    errors += String(text);
    return true;
  };
  t.mock.method(console, 'log', (text: unknown) => void lines.push(...String(text).split('\n')));
  t.mock.method(console, 'error', (text: unknown) => take(`${String(text)}\n`));
  t.mock.method(process.stderr, 'write', take);
  const code = await graft(argv);
  t.mock.restoreAll();
  process.exitCode = 0;
  return { code, lines, errors };
}

function rewardFile(
  folder: string,
  task: string,
  critics = '{ success: { kind: success_expression } }',
): string {
  const file = join(folder, 'reward.yaml');
  writeFileSync(file, `task: ${task}\ncritics: ${critics}\n`);
  return file;
}

/** A bag of real episodes of the task lift: two of the expert, and two that were taken back half way. */
async function liftBag(folder: string): Promise<void> {
  const bag = await EpisodeBag.open(folder, findTask('lift'));
  const agent = { kind: 'expert', noise: false } as const;
  const request = { task: 'lift', agent, randomise: false, trace: true, worlds: 1, seed: 40, episodes: 2 };
  for await (const episode of runEpisodes(request)) {
    assert.ok(episode.success, `seed ${episode.seed} succeeds`);
    await bag.append(episode);
    const half = episode.trace.slice(0, Math.floor(episode.trace.length / 2));
    const trace = [...half, ...[...half].reverse()];
    await bag.append({ ...episode, trace, steps: trace.length - 1, success: false, terminated: true });
  }
  await bag.close();
}

test('critics are evaluated on real episodes; the last line is all figures as JSON', async (t) => {
  const folder = scratchFolder(t);
  await liftBag(join(folder, 'bags', 'one'));
  const critics = '{ success: { kind: success_expression }, person: { kind: human } }';
  const reward = rewardFile(folder, 'lift', critics);
  const out = join(folder, 'out');
  const bags = join(folder, 'bags');
  const { code, lines, errors } = await run(
    t,
    ...[
      'reward',
      'evaluate',
      '--reward',
      reward,
      '--bags',
      bags,
      '--out',
      out,
      '--json',
      '--probe-clips',
      '1',
    ],
  );
  assert.equal(code, 0, errors);
  assert.equal(lines[0], 'lift: 2 of 4 episodes succeeded, 2 failed');
  const json = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  assert.deepEqual([json.critic, json.auroc, json.false_done, json.early_done], ['success', 1, 0, 0]);
  assert.deepEqual(Object.keys(json.critics as object), ['success', 'person']);
  assert.ok((json.true_progress_mae as number) > 0.1, 'success alone says nothing of the way there');
  assert.ok(lines.some((line) => /^ {2}frozen +pass/.test(line)));
  assert.match(errors, /episodes \[#+\] 4\/4/);
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  assert.match(page, /Not causal/);
  assert.match(page, /class="line truth"/);
  assert.doesNotMatch(page, /<script|<link|url\(|https?:/);
  assert.doesNotMatch(page, /NaN|undefined|\[object/);
  assert.deepEqual(JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8')), json);
});

test('the report shows the frames that the task observes, in a page that stands by itself', async (t) => {
  const folder = scratchFolder(t);
  const bags = join(folder, 'bags');
  mkdirSync(bags);
  await writeBag(join(bags, 'one'), findTask('lift_pixels'), [
    { progress: rising(12), outcome: 'success' },
    { progress: failing(12, 0.8), outcome: 'failure' },
  ]);
  const reward = rewardFile(folder, 'lift_pixels');
  const out = join(folder, 'out');
  const { code, errors, lines } = await run(
    t,
    ...['reward', 'evaluate', '--reward', reward, '--bags', bags, '--out', out, '--probe-clips', '0'],
  );
  assert.equal(code, 0, errors);
  assert.equal(lines.at(-1), join(out, 'index.html'));
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  assert.equal(page.match(/href="data:image\/jpeg;base64,/g)?.length, 2 * 2 * 8);
  assert.match(page, /success, worst order of progress/);
  assert.match(page, /failure, highest last progress/);
  assert.doesNotMatch(page, /<script|<link|href="(?!data:)|src="(?!data:)|url\(|https?:/);
  assert.doesNotMatch(page, /NaN|undefined|\[object/);
});

test('the evaluation that holdout needs gives text and figures', async (t) => {
  const folder = scratchFolder(t);
  await writeBag(join(folder, 'bag'), findTask('lift'), [
    { progress: rising(8), outcome: 'success' },
    { progress: failing(8), outcome: 'failure' },
  ]);
  t.mock.method(process.stderr, 'write', () => true);
  const { text, json } = await evaluateEpisodes(loadReward(rewardFile(folder, 'lift')), [folder], {});
  assert.match(text, /^lift: 1 of 2 episodes succeeded, 1 failed/);
  assert.deepEqual([json.auroc, json.false_done, json.episodes], [1, 0, 2]);
});

test('what is missing or does not fit is named', async (t) => {
  const folder = scratchFolder(t);
  const reward = rewardFile(folder, 'lift');
  const evaluate = ['reward', 'evaluate', '--reward', reward];
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const wrong: [string[], RegExp][] = [
    [['--bags', empty], /empty: holds no bag/],
    [['--bags', join(folder, 'absent')], /absent: holds no bag/],
    [['--bags', empty, '--critic', 'person'], /has no critic person; critics are success/],
    [[], /required option '--bags/],
    [['--bags', empty, '--tolerance', '-1'], /--tolerance.*from 0/s],
  ];
  for (const [options, problem] of wrong) {
    const { code, errors } = await run(t, ...evaluate, ...options);
    assert.equal(code, 1);
    assert.match(errors, problem);
  }
  const { errors } = await run(t, 'reward', 'evaluate', '--reward', 'nowhere', '--bags', empty);
  assert.match(errors, /nowhere: is neither a file nor one of those under rewards/);
});

test('Ctrl-C stops an evaluation', async () => {
  const running = withProgress(async ({ signal, onProgress }) => {
    onProgress({ stage: 'episodes', done: 1, total: 2, note: '' });
    process.emit('SIGINT');
    await Promise.resolve();
    signal.throwIfAborted();
  });
  await assert.rejects(running, Interrupted);
  assert.equal(process.listenerCount('SIGINT'), 0);
});

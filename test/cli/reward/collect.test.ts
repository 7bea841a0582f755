import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Command } from 'commander';
import { graft } from '../../../src/cli/command-line.js';
import { collectEpisodes, type CollectedRecord } from '../../../src/cli/reward/collect-episodes.js';
import { addHoldout } from '../../../src/cli/reward/holdout.js';
import { readJsonLines } from '../../../src/config/json-lines.js';
import { recordedEpisodes } from '../../../src/reward/recorded-episodes.js';
import { scratchFolder } from '../../config/scratch-folder.js';

/** Standard output and errors of what runs, line by line. */
function hear(t: TestContext): string[] {
  const lines: string[] = [];
  const take = (text: unknown): boolean => lines.push(String(text)) > 0;
  t.mock.method(console, 'log', take);
  t.mock.method(console, 'error', take);
  t.mock.method(process.stderr, 'write', take);
  return lines;
}

test('each source has a bag and seeds of its own, and the log says what came of each episode', async (t) => {
  const out = join(scratchFolder(t), 'collected');
  const said = hear(t);
  const sources = ['--sources', 'noisy,near_miss'];
  const argv = ['reward', 'collect', '--out', out, ...sources, '--episodes', '2', '--seed', '70'];
  assert.equal(await graft([...argv, '--worlds', '1']), 0);
  assert.match(said.join('\n'), /^near_miss: 0\.0 % \(0 of 2/m);
  assert.deepEqual(readdirSync(out).sort(), ['episodes.jsonl', 'near_miss', 'noisy']);
  const log = readJsonLines<CollectedRecord>(join(out, 'episodes.jsonl'));
  assert.deepEqual(
    log.map(({ source, seed, kind }) => [source, seed, kind]),
    [
      ['noisy', 70, 'evaluation'],
      ['noisy', 71, 'evaluation'],
      ['near_miss', 72, 'evaluation'],
      ['near_miss', 73, 'evaluation'],
    ],
  );
  const read: unknown[] = [];
  for await (const { id, seed, ended, clip } of recordedEpisodes([
    join(out, 'noisy'),
    join(out, 'near_miss'),
  ]))
    read.push([id, seed, ended.outcome, clip.moments.length - 1]);
  assert.deepEqual(
    read,
    log.map(({ episode_id, seed, outcome, steps }) => [episode_id, seed, outcome, steps]),
  );
  assert.equal(await graft(argv), 1);
  assert.match(said.join('\n'), /noisy\/bag: exists already: a bag is never overwritten/);
});

test('sources that there are not, or that lack a policy, are named before anything runs', async (t) => {
  const out = join(scratchFolder(t), 'collected');
  const said = hear(t);
  assert.notEqual(await graft(['reward', 'collect', '--out', out, '--sources', 'expert,noisi']), 0);
  assert.match(said.join(''), /noisi is not a source; did you mean noisy\?/);
  const request = { task: 'lift', out, episodes: 1, seed: 0, worlds: 1, randomise: false };
  await assert.rejects(collectEpisodes({ ...request, sources: ['expert', 'base'] }), /--base: .*is needed/);
  assert.ok(!existsSync(join(out, 'expert')));
});

test('holdout evaluates a reward file on fresh episodes, and says so in one line of JSON', async (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, 'reward.yaml');
  writeFileSync(file, 'task: lift\ncritics: { success: { kind: success_expression } }');
  const said = hear(t);
  const program = new Command().exitOverride();
  addHoldout(program);
  const holdout = (...argv: string[]): Promise<unknown> =>
    program.parseAsync(['holdout', '--reward', file, '--seed', '80', ...argv], { from: 'user' });
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('graft-holdout-'));
  await holdout(
    '--task',
    'lift',
    '--episodes',
    '2',
    '--sources',
    'noisy',
    '--worlds',
    '1',
    '--probe-clips',
    '0',
    '--json',
  );
  const { successes, auroc, voc, seed, sources } = JSON.parse(said.at(-1)!) as {
    successes: number;
    auroc: number | null;
    voc: number;
    seed: number;
    sources: Record<string, { episodes: number; successes: number }>;
  };
  assert.equal(seed, 80);
  assert.deepEqual(sources, { noisy: { episodes: 2, successes } });
  assert.ok(successes > 0 && voc > 0);
  assert.equal(auroc, null, 'there is no failure to tell apart');
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith('graft-holdout-')),
    before,
    'the episodes are gone',
  );
  await assert.rejects(holdout('--task', 'pick_place'), /reward\.yaml: task: is lift, --task is pick_place/);
});

/** `graft reward design` on recorded lifts, against a server that plays a language model. */
import { after, before, test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { graft } from '../../../src/cli/command-line.js';
import { readJsonLines } from '../../../src/config/json-lines.js';
import { projectFile } from '../../../src/config/paths.js';
import type { Round } from '../../../src/reward/design/design-reward.js';
import { createCritics } from '../../../src/reward/create-critics.js';
import { findReward, loadReward } from '../../../src/reward/reward-file.js';
import { findTask } from '../../../src/sim/task.js';
import { EpisodeBag } from '../../../src/worlds/episode-bag.js';
import { runEpisodes } from '../../../src/worlds/pool.js';
import { inTurn, localEndpoint, saying, sending } from '../../reward/chat/local-endpoint.js';

let folder: string;

/** Records the expert in a bag below the folder. */
async function record(task: string, name: string, episodes: number): Promise<void> {
  const bag = await EpisodeBag.open(join(folder, name), findTask(task));
  const agent = { kind: 'expert', noise: true } as const;
  const pool = { task, agent, randomise: false, trace: true, worlds: 1, seed: 0, episodes };
  for await (const episode of runEpisodes(pool)) await bag.append(episode);
  await bag.close();
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'graft-design-'));
  // The clock ends these when the block is grasped and not yet lifted: near misses.
  const short = join(folder, 'short.yaml');
  writeFileSync(short, `extends: ${projectFile('sim/tasks/lift.yaml')}\nname: short\nhorizon_steps: 20\n`);
  await record('lift', 'both/successes', 3);
  await record(short, 'both/failures', 3);
});

after(() => rmSync(folder, { recursive: true, force: true }));

const answer = (function_: object): string => `Let me think.\n\`\`\`yaml\n${stringify(function_)}\`\`\``;
const distance = 'hypot(object.position_in_hand.x, object.position_in_hand.y, object.position_in_hand.z)';
const broken = answer({ progress: 'ramp(hight(object), 0, 0.1)', done: 'true' });
/** Pays for having the hand at the block. */
const hackable = answer({
  state: { gap: distance },
  progress: 'ramp(gap, 0.25, 0.02)',
  done: 'held_for(gap < 0.03, 0.16)',
});

/** What the command prints and returns. */
async function design(
  t: TestContext,
  endpoint: string,
  bags: string,
  ...more: readonly string[]
): Promise<{ readonly code: number; readonly output: string[]; readonly errors: string }> {
  const output: string[] = [];
  let errors = '';
  t.mock.method(console, 'log', (text: string) => void output.push(text));
  t.mock.method(console, 'error', (text: string) => void (errors += `${text}\n`));
  t.mock.method(process.stderr, 'write', () => true);
  const argv = [
    '--task',
    'lift',
    '--bags',
    join(folder, bags),
    '--endpoint',
    endpoint,
    '--model',
    'test',
    ...more,
  ];
  const code = await graft(['reward', 'design', ...argv]);
  process.exitCode = undefined;
  t.mock.restoreAll();
  return { code, output, errors };
}

test('a broken and a hackable function are refused with reasons, a good one is kept', async (t) => {
  const { kind, pace, done_threshold, ...good } = findReward('lift_progress').critics.progress;
  assert.deepEqual([kind, pace, done_threshold], ['progress_function', 'latest', 0.5]);
  const server = await localEndpoint(t, inTurn(saying(broken), saying(hackable), saying(answer(good))));
  const out = join(folder, 'kept', 'reward.yaml');
  process.env.GRAFT_TEST_KEY = 'secret';
  const more = [
    '--out',
    out,
    '--json',
    '--api-key-env',
    'GRAFT_TEST_KEY',
    '--instruction',
    'raise the block',
  ];
  const { code, output, errors } = await design(t, server.base_url, 'both', ...more);
  assert.equal(code, 0, errors);
  const result = JSON.parse(output.at(-1) ?? '') as Record<string, unknown>;
  assert.deepEqual([result.accepted, result.rounds, result.reasons, result.file], [true, 3, [], out]);

  const said = server.received.map(({ body }) => body.messages.at(-1)?.content as string);
  assert.equal(said.length, 3);
  assert.match(said[0], /^# Task\nraise the block\n/);
  assert.match(said[0], /object\.position_in_hand\.x \[m\]: /);
  assert.match(said[1], /refused:\n- answer: progress: column 6 of .*unknown function 'hight'/);
  assert.match(said[2], /successes must end at least 0\.3 above failures/);
  assert.match(said[2], /episode e\d failed and reaches (1|0\.9\d*)/);
  assert.match(said[2], /done must stay false on failures, but becomes true on 100 %/);
  assert.deepEqual(
    server.received[2].body.messages.map(({ role }) => role),
    ['system', 'user', 'assistant', 'user', 'assistant', 'user'],
  );

  const reward = loadReward(out);
  assert.equal(reward.instruction, 'raise the block');
  assert.equal((await createCritics(reward)).length, 1);
  assert.deepEqual(reward.critics.progress, findReward('lift_progress').critics.progress);
  const log = join(folder, 'kept', 'design-log.jsonl');
  const rounds = readJsonLines<Round>(log);
  assert.deepEqual(
    rounds.map(({ round, reasons }) => [round, reasons.length > 0]),
    [
      [1, true],
      [2, true],
      [3, false],
    ],
  );
  assert.equal(rounds[1].answer, hackable);
  assert.equal(rounds[2].figures?.preference_accuracy, 1);
  assert.ok(!readFileSync(log, 'utf8').includes('secret') && !readFileSync(out, 'utf8').includes('secret'));
});

test('where no answer passes, the command fails with the last reasons and writes no reward file', async (t) => {
  const server = await localEndpoint(t, inTurn(saying(broken), saying(hackable)));
  const out = join(folder, 'none', 'reward.yaml');
  const { code, output, errors } = await design(
    t,
    server.base_url,
    'both',
    '--out',
    out,
    '--rounds',
    '2',
    '--json',
  );
  assert.equal(code, 1);
  assert.match(errors, /none of 2 answers was accepted; the last one: successes must end at least/);
  const result = JSON.parse(output.at(-1) ?? '') as Record<string, unknown>;
  assert.deepEqual([result.accepted, result.rounds, result.file], [false, 2, undefined]);
  assert.ok(!existsSync(out));
  assert.equal(readJsonLines(join(folder, 'none', 'design-log.jsonl')).length, 2);
});

test('an endpoint that answers HTML, missing failures, keys and bags are named', async (t) => {
  const page = await localEndpoint(t, sending('<html></html>'));
  const html = await design(t, page.base_url, 'both', '--out', join(folder, 'html', 'reward.yaml'));
  assert.equal(html.code, 1);
  assert.match(html.errors, /chat\/completions: the reply is not JSON: <html><\/html>/);
  const { base_url: endpoint } = await localEndpoint(t, saying(broken));
  const lacking = await design(t, endpoint, 'both/successes');
  assert.match(lacking.errors, /successes: holds no failed episode/);
  assert.match((await design(t, endpoint, 'absent')).errors, /absent: no such folder/);
  assert.match((await design(t, 'nowhere', 'both')).errors, /--endpoint: 'nowhere' is not a URL/);
  const keyless = await design(t, endpoint, 'both', '--api-key-env', 'GRAFT_NO_SUCH_KEY');
  assert.match(keyless.errors, /--api-key-env: the environment variable GRAFT_NO_SUCH_KEY is not set/);
});

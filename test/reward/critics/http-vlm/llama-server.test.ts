/**
 * The critic against llama.cpp's own server with a tiny vision-language model of random weights. What that says means nothing: the
 * protocol is what is tested.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test, type TestContext } from 'node:test';
import { projectFile } from '../../../../src/config/paths.js';
import type { Judgement } from '../../../../src/reward/judgement.js';
import { scratchFolder } from '../../../config/scratch-folder.js';
import { clipOf, judgements } from './clips.js';
import { criticFrom, type Settings } from './reward-files.js';

const server = spawn(process.execPath, [projectFile('tools', 'vlm-server.mjs')], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
let log = '';
server.stderr.on('data', (data: Buffer) => (log += data.toString()));
let base_url = '';

before(async () => {
  const lines = createInterface({ input: server.stdout });
  const [first] = (await Promise.race([once(lines, 'line'), once(server, 'close')])) as [unknown];
  assert.equal(typeof first, 'string', `the server does not start:\n${log}`);
  base_url = first as string;
});

after(() => server.kill('SIGTERM'));

/** Judgements of three frames, one a second, and the replies as the server sent them. */
async function judged(
  t: TestContext,
  settings: Settings,
): Promise<{ all: readonly Judgement[]; replies: readonly unknown[] }> {
  const folder = scratchFolder(t);
  const reference = { reference: ['goal.jpeg'], image_size: 56, cache: 'replies' };
  await writeGoal(join(folder, 'goal.jpeg'));
  const critic = await criticFrom(folder, { base_url, model: 'tiny', retries: 0, ...reference, ...settings });
  t.after(() => critic.dispose());
  const all = await judgements(critic, clipOf(3));
  const files = readdirSync(join(folder, 'replies')).map((name) => join(folder, 'replies', name));
  return { all, replies: files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as unknown) };
}

async function writeGoal(file: string): Promise<void> {
  const { default: sharp } = await import('sharp');
  await sharp({ create: { width: 84, height: 84, channels: 3, background: 'teal' } }).toFile(file);
}

for (const prompt of ['pairwise', 'hops', 'frames'] as const) {
  test(`${prompt}: what the model babbles is unknown, and its tokens are counted`, async (t) => {
    const { all } = await judged(t, { prompt, max_tokens: 12 });
    const spoken = prompt === 'frames' ? all : all.slice(1);
    for (const { progress, done, reason } of spoken) {
      assert.deepEqual([progress, done], [undefined, undefined]);
      assert.match(reason, /^the reply has no /);
    }
    const { input_tokens, output_tokens } = prompt === 'frames' ? all[0].components : all[1].components;
    assert.ok(input_tokens > 100, `${input_tokens} tokens in`);
    assert.equal(output_tokens, 12);
  });
}

const digits = '[1-9] [0-9]?';

test('pairwise: an answer that the server holds to its form is progress', async (t) => {
  const form = `root ::= "<progress>+" ${digits} "%</progress><done>" ("yes" | "no") "</done>"`;
  const { all } = await judged(t, { prompt: 'pairwise', request: { grammar: form } });
  const [start, second, third] = all;
  assert.equal(start.progress, 0);
  assert.ok(second.progress !== undefined && second.progress > 0 && second.progress < 1);
  assert.ok(third.progress !== undefined && third.progress > second.progress && third.progress < 1);
  assert.ok(third.done === 0 || third.done === 1);
});

test('hops: an answer that the server holds to its form is progress, from the frame before and back from the goal', async (t) => {
  const form = `root ::= "<score>-" ${digits} "%</score>"`;
  const { all } = await judged(t, { prompt: 'hops', hops_from: 'all', request: { grammar: form } });
  const { progress, uncertainty, components } = all[1];
  assert.ok(progress !== undefined && progress >= 0 && progress < 1);
  assert.ok(components['hop_goal'] < 0 && components['hop_previous'] < 0);
  // From the start, 0, there is nothing to lose.
  const expected = (1 + components['hop_goal']) / 3;
  assert.ok(
    Math.abs(progress - expected) < 1e-9,
    'back from the goal, since there is nothing to lose before',
  );
  assert.ok((uncertainty ?? 0) > 0);
});

test('frames: a list by JSON schema is progress of each frame', async (t) => {
  const entry = (frame: number): object => ({
    ...{ type: 'object', required: ['frame', 'progress'], additionalProperties: false },
    properties: { frame: { const: frame }, progress: { type: 'integer', minimum: 0, maximum: 100 } },
  });
  const schema = { type: 'array', prefixItems: [entry(1), entry(2)], minItems: 2, maxItems: 2 };
  const json_schema = { name: 'progress', schema };
  const request = { response_format: { type: 'json_schema', json_schema } };
  const { all, replies } = await judged(t, { prompt: 'frames', request, max_tokens: 300 });
  const values = all.map(({ progress, reason }) => progress ?? reason);
  assert.equal(values[0], 0);
  for (const value of values.slice(1))
    assert.ok(typeof value === 'number' && value >= 0 && value <= 1, String(value));
  assert.equal(replies.length, 1);
});

type Likely = { readonly token: string; readonly logprob: number };
type Choice = {
  readonly message: { readonly content: string };
  readonly logprobs: { readonly content: readonly { readonly top_logprobs: readonly Likely[] }[] };
};
type Reply = { readonly choices: readonly Choice[] };

test('question: success has the probability that the server gives yes and no, and depends on what is shown', async (t) => {
  const { all, replies } = await judged(t, { prompt: 'question', max_tokens: 1 });
  const expected = (replies as readonly Reply[]).map(({ choices }) => {
    const likely = new Map(
      choices[0].logprobs.content[0].top_logprobs.map(({ token, logprob }) => [token, logprob]),
    );
    const [yes, no] = ['Yes', 'No'].map((word) => Math.exp(likely.get(word) ?? -Infinity));
    return yes / (yes + no);
  });
  const done = all.map((judgement) => judgement.done ?? NaN);
  for (const probability of done) {
    assert.ok(probability > 0 && probability < 1, String(probability));
    assert.ok(expected.some((value) => Math.abs(value - probability) < 1e-9));
  }
  assert.equal(new Set(done).size, 3, 'three frames, three opinions');
  assert.ok(all.every(({ uncertainty }) => uncertainty !== undefined && uncertainty > 0 && uncertainty <= 1));
  assert.ok(all.every(({ components }) => components['answer_mass'] > 0.5));
});

test('several samples of one question are drawn apart', async (t) => {
  const { all, replies } = await judged(t, {
    prompt: 'question',
    max_tokens: 1,
    // So many that "Yes", three of four, is hardly ever said each time.
    samples: 16,
    temperature: 2,
    top_logprobs: 0,
  });
  assert.equal(replies.length, 3 * 16);
  const words = (replies as readonly Reply[]).map(({ choices }) => choices[0].message.content);
  assert.ok(new Set(words).size > 1, words.join(' '));
  for (const { done, reason } of all)
    assert.equal(done === undefined, reason.startsWith('the reply is neither yes nor no'), reason);
});

test('what the server refuses is said in its own words', async (t) => {
  const { all } = await judged(t, { prompt: 'question', request: { grammar: 'root ::= (' } });
  assert.match(all[0].reason, /^endpoint: HTTP 400 Bad Request: .*grammar/i);
  const { all: lost } = await judged(t, { prompt: 'question', base_url: base_url.replace('/v1', '/v9') });
  assert.match(lost[0].reason, /^endpoint: HTTP 404 Not Found/);
});

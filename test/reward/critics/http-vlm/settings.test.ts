import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { ConfigError } from '../../../../src/config/config-error.js';
import { Episode } from '../../../../src/interfaces/graft-messages.js';
import type { ChatRequest } from '../../../../src/reward/chat/chat.js';
import { scratchFolder } from '../../../config/scratch-folder.js';
import { clipOf, episodeMessages, judgements, stepIn } from './clips.js';
import { localEndpoint, saying } from '../../chat/local-endpoint.js';
import { criticFrom, recordBag, type Settings } from './reward-files.js';

/** Which steps a request shows, in order. */
function stepsIn({ messages }: ChatRequest): Promise<number[]> {
  const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const urls = parts.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : []));
  return Promise.all(urls.map(stepIn));
}

/** The error of a critic that cannot be made. */
async function refusal(folder: string, settings: Settings, reward?: Settings): Promise<ConfigError> {
  const made = criticFrom(folder, { prompt: 'question', ...settings }, reward);
  const error = await made.then(
    () => assert.fail(`made a critic of ${JSON.stringify(settings)}`),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof ConfigError, String(error));
  assert.equal(error.file, join(folder, 'reward.yaml'));
  return error;
}

test('settings that do not fit are refused with the key, before anything is sent', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'notes.png'), 'no picture');
  writeFileSync(join(folder, 'taken'), '');
  const wrong: readonly [Settings, key: string, problem: RegExp][] = [
    [{ prompt: 'guess' }, 'prompt', /must be one of pairwise, hops, frames, question/],
    [{ promt: 'hops' }, 'promt', /did you mean prompt\?/],
    [{ base_url: 'localhost:8000' }, 'base_url', /neither http nor https/],
    [{ base_url: 'not a url' }, 'base_url', /not a URL, such as/],
    [{ base_url: 'http://me:secret@host/v1' }, 'base_url', /an environment variable can/],
    [{ api_key_env: 'GRAFT_TEST_NO_SUCH_KEY' }, 'api_key_env', /GRAFT_TEST_NO_SUCH_KEY is not set/],
    [{ prompt: 'frames', pace: 'latest' }, 'pace', /must be episode/],
    [{ prompt: 'hops' }, 'reference', /the goal/],
    [{ samples: 3 }, 'temperature', /3 samples would all be the same/],
    [{ cameras: ['head', 'left'] }, 'cameras', /no image of camera left; it has head, right_wrist/],
    [{ reference: 'nowhere' }, 'reference', /nowhere is not there/],
    [{ reference: ['notes.png'] }, 'reference', /notes.png is not an image that can be read/],
    [{ reference: 'notes.png' }, 'reference', /not a folder with a bag; image files are given as a list/],
    [{ reference: [] }, 'reference', /fewer than 1/],
    [{ reference: '.' }, 'reference', /holds no bag/],
    [{ cache: 'taken' }, 'cache', /cannot be made/],
    [{ timeout_s: 0 }, 'timeout_s', /> 0/],
    [{ budget: { cals: 1 } }, 'budget.cals', /did you mean calls\?/],
    [{ top_logprobs: 21 }, 'top_logprobs', /<= 20/],
  ];
  for (const [settings, key, problem] of wrong) {
    const error = await refusal(folder, settings);
    assert.equal(error.key, `critics.vlm.${key}`);
    assert.match(error.problem, problem);
  }
  const blind = await refusal(folder, {}, { task: 'lift' });
  assert.match(blind.message, /critics\.vlm\.kind: needs images, and task lift observes none/);
  assert.doesNotMatch((await refusal(folder, { base_url: 'http://me:secret@host/v1' })).message, /secret/);
});

test('the version changes with whatever changes an answer, and with nothing else', async (t) => {
  const folder = scratchFolder(t);
  const version = async (settings: Settings, reward?: Settings): Promise<string> =>
    (await criticFrom(folder, { prompt: 'pairwise', ...settings }, reward)).version;
  const plain = await version({});
  assert.match(plain, /^[0-9a-f]{16}$/);
  const free = {
    timeout_s: 9,
    retries: 0,
    concurrency: 1,
    requests_per_minute: 5,
    break_after: 1,
    budget: { calls: 1 },
  };
  assert.equal(await version({ ...free, cache: 'replies', done_threshold: 0.9 }), plain);
  await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).toFile(
    join(folder, 'goal.png'),
  );
  const reference = ['goal.png'];
  const changes: readonly Settings[] = [
    ...[
      { model: 'other' },
      { prompt: 'question' },
      { every_s: 2 },
      { samples: 2, temperature: 1 },
      { temperature: 0.1 },
    ],
    ...[
      { image_size: 0 },
      { cameras: ['head'] },
      { request: { seed: 1 } },
      { dead_zone: 0.1 },
      { pace: 'latest' },
      { reference },
    ],
  ];
  const seen = new Set([plain]);
  for (const settings of changes) seen.add(await version(settings));
  await sharp({ create: { width: 8, height: 8, channels: 3, background: 'blue' } }).toFile(
    join(folder, 'goal.png'),
  );
  seen.add(await version({ reference }));
  seen.add(await version({}, { task: 'lift_pixels', instruction: 'something else' }));
  assert.equal(seen.size, changes.length + 3, 'each is another one');
  const { model, done_threshold } = await criticFrom(folder, { prompt: 'pairwise', done_threshold: 0.9 });
  assert.deepEqual([model, done_threshold], ['http_vlm/pairwise/test', 0.9]);
});

test('a reference bag shows the first success at even distance, from the cameras asked for', async (t) => {
  const folder = scratchFolder(t);
  await recordBag(join(folder, 'demos', 'one'), [
    ...episodeMessages('failed', 'lift_pixels', 4, Episode.OUTCOME_FAILURE),
    ...episodeMessages('won', 'lift_pixels', 9, Episode.OUTCOME_SUCCESS),
    ...episodeMessages('won again', 'lift_pixels', 5, Episode.OUTCOME_SUCCESS),
  ]);
  const { base_url, received } = await localEndpoint(t, saying('<score>+20%</score>'));
  const settings = { base_url, prompt: 'hops', reference: 'demos', reference_frames: 3, cameras: ['head'] };
  const critic = await criticFrom(folder, { ...settings, every_s: 0, hops_from: 'all' });
  const [start, second] = await judgements(critic, clipOf(2));
  assert.equal(start.progress, 0);
  // 0.2 from the frame before, 0.2 from the start, and 1 back from the goal, which a hop ahead cannot pass.
  assert.ok(Math.abs((second.progress ?? NaN) - 1.4 / 3) < 1e-9);
  assert.ok((second.uncertainty ?? 0) > 0.3);
  const { hop_previous, hop_start, hop_goal, input_tokens } = second.components;
  assert.deepEqual([hop_previous, hop_start, hop_goal, input_tokens], [0.2, 0.2, 0.2, 3000]);
  const pictures = await Promise.all(received.map(({ body }) => stepsIn(body)));
  assert.ok(pictures.every(([first, goal, , after]) => first === 0 && goal === 8 && after === 1));
  // The frame before is the start here.
  assert.deepEqual(new Set(pictures.map(([, , before]) => before)), new Set([0, 8]));

  await judgements(await criticFrom(folder, { ...settings, prompt: 'pairwise', every_s: 0 }), clipOf(2));
  assert.deepEqual(await stepsIn(received[received.length - 1].body), [0, 4, 8, 0, 0, 1]);
});

test('a reference bag of another task, without a success or without the camera is refused', async (t) => {
  const folder = scratchFolder(t);
  const bags = {
    other: episodeMessages('a', 'can_sort', 3, Episode.OUTCOME_SUCCESS),
    failed: episodeMessages('a', 'lift_pixels', 3, Episode.OUTCOME_FAILURE),
    blind: episodeMessages('a', 'lift_pixels', 3, Episode.OUTCOME_SUCCESS, []),
    single: episodeMessages('a', 'lift_pixels', 3, Episode.OUTCOME_SUCCESS, ['head']),
  };
  for (const [name, messages] of Object.entries(bags)) await recordBag(join(folder, name), messages);
  const problems = {
    other: /recorded at task can_sort, not lift_pixels$/,
    failed: /holds no episode that succeeded$/,
    blind: /the episode a in .* shows no camera, not head$/,
    single: /the episode a in .* shows head, not right_wrist$/,
  };
  for (const [reference, problem] of Object.entries(problems)) {
    const error = await refusal(folder, { reference });
    assert.equal(error.key, 'critics.vlm.reference');
    assert.match(error.problem, problem);
  }
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'broken', 'broken_0.mcap'), 'not a bag');
  assert.match((await refusal(folder, { reference: 'broken' })).problem, /broken cannot be read/);
});

test('the key comes from the environment and is in no message', async (t) => {
  process.env['GRAFT_TEST_KEY'] = 'tell-nobody';
  t.after(() => delete process.env['GRAFT_TEST_KEY']);
  const { base_url, received } = await localEndpoint(t, saying('yes'));
  const critic = await criticFrom(scratchFolder(t), {
    base_url,
    prompt: 'question',
    api_key_env: 'GRAFT_TEST_KEY',
  });
  await judgements(critic, clipOf(1));
  assert.equal(received[0].key, 'Bearer tell-nobody');
  assert.doesNotMatch(JSON.stringify([critic, received[0].body]), /tell-nobody/);
});

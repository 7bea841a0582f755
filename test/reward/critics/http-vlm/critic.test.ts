import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import sharp from 'sharp';
import type { ChatRequest } from '../../../../src/reward/chat/chat.js';
import type { Critic } from '../../../../src/reward/critic.js';
import { scratchFolder } from '../../../config/scratch-folder.js';
import { clipOf, judgements, momentAt, picture, stepIn } from './clips.js';
import {
  completion,
  localEndpoint,
  nobodyHome,
  saying,
  send,
  sending,
  type Answerer,
} from '../../chat/local-endpoint.js';
import { criticFrom, type Settings } from './reward-files.js';

const near = (a: number | undefined, b: number): void =>
  assert.ok(a !== undefined && Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

/** The images of a request, each with the words before it. */
function shown({ messages }: ChatRequest): { title: string; url: string }[] {
  const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  return parts.flatMap((part, i) => {
    const before = parts[i - 1];
    if (part.type === 'text' || before.type !== 'text') return [];
    return [{ title: before.text, url: part.image_url.url }];
  });
}

/** Which steps a request shows, by title. */
async function stepsIn(request: ChatRequest): Promise<Record<string, number>> {
  const entries = await Promise.all(
    shown(request).map(async ({ title, url }) => [title, await stepIn(url)] as const),
  );
  return Object.fromEntries(entries);
}

type Rig = { critic: Critic; received: readonly { body: ChatRequest }[] };

async function rig(t: TestContext, answer: Answerer, settings: Settings): Promise<Rig> {
  const { base_url, received } = await localEndpoint(t, answer);
  const critic = await criticFrom(scratchFolder(t), { base_url, cameras: ['head'], every_s: 0, ...settings });
  t.after(() => critic.dispose());
  return { critic, received };
}

/** Answers with progress in percent as `tell` makes it of the steps shown. */
function seeing(tell: (steps: Record<string, number>) => string): Answerer {
  return async ({ body }, response) => send(response, completion(tell(await stepsIn(body))));
}

test('pairwise: progress follows the changes that are said of each frame and the one before', async (t) => {
  const said = seeing((steps) => {
    const change = 10 * (steps['Later frame:'] - steps['Earlier frame:']);
    return `<progress>+${change}%</progress><done>${steps['Later frame:'] >= 2 ? 'yes' : 'no'}</done>`;
  });
  const { critic, received } = await rig(t, said, { prompt: 'pairwise' });
  const [first, second, third] = await judgements(critic, clipOf(3));
  assert.deepEqual([first.progress, first.done], [0, undefined]);
  near(second.progress, 0.1);
  near(third.progress, 0.19);
  assert.deepEqual([second.done, third.done, third.reason], [0, 1, '']);
  assert.deepEqual(third.components, {
    change: 0.1,
    cached: 0,
    cost_usd: 0,
    input_tokens: 1000,
    output_tokens: 10,
  });
  assert.equal(received.length, 2);
});

test('while the robot acts frames may be dropped: each is compared with the last that was judged', async (t) => {
  const said = seeing(
    (steps) => `<progress>${10 * (steps['Later frame:'] - steps['Earlier frame:'])}%</progress>`,
  );
  const { critic, received } = await rig(t, said, { prompt: 'pairwise', pace: 'latest' });
  assert.equal(critic.sees, 'prefix');
  const { episode_id, moments } = clipOf(6);
  const judge = (count: number): ReturnType<typeof critic.judge> =>
    critic.judge({ episode_id, moments: moments.slice(0, count) });
  await judge(1);
  near((await judge(4)).progress, 0.3);
  near((await judge(6)).progress, 0.3 + 0.7 * 0.2);
  assert.deepEqual(
    await Promise.all(received.map(async ({ body }) => (await stepsIn(body))['Earlier frame:'])),
    [0, 3],
  );
});

test('a request holds the task, the frames as images of the size asked for, and what the settings add or take away', async (t) => {
  const settings = { image_size: 128, image_format: 'png', cameras: ['right_wrist', 'head'], max_tokens: 99 };
  const request = { seed: 3, temperature: null };
  const { critic, received } = await rig(t, saying('<progress>0%</progress>'), {
    ...{ prompt: 'pairwise', ...settings, request },
  });
  await judgements(critic, clipOf(2));
  const [{ body }] = received;
  const { model, max_tokens, seed } = body;
  assert.deepEqual({ model, max_tokens, seed }, { model: 'test', max_tokens: 99, seed: 3 });
  assert.ok(!('temperature' in body) && !('logprobs' in body));
  const images = shown(body);
  assert.deepEqual(images.map(({ title }) => title).slice(-2), [
    'Later frame, camera right_wrist:',
    'Later frame, camera head:',
  ]);
  const { format, width, height } = await sharp(
    Buffer.from(images[0].url.split(',')[1], 'base64'),
  ).metadata();
  assert.deepEqual({ format, width, height }, { format: 'png', width: 128, height: 128 });
  assert.match(JSON.stringify(body.messages), /The task: lift the block with the right hand/);
});

test('frames that are the same to the byte are judged the same, without a request', async (t) => {
  const { critic, received } = await rig(t, saying('<progress>+30%</progress><done>yes</done>'), {
    prompt: 'pairwise',
  });
  const [a, b] = [picture(1), picture(2)];
  const moments = [a, b, b, b].map((image, i) => momentAt(i, i, image));
  const all = await judgements(critic, { episode_id: 'frozen', moments });
  assert.deepEqual(
    all.map(({ progress }) => progress),
    [0, 0.3, 0.3, 0.3],
  );
  assert.deepEqual(
    all.map(({ done }) => done),
    [undefined, 1, 1, 1],
  );
  assert.equal(received.length, 1);
});

test('a camera that shows one colour, or nothing, is unknown and nobody is asked', async (t) => {
  const { critic, received } = await rig(t, saying('yes'), {
    prompt: 'question',
    cameras: ['head', 'right_wrist'],
  });
  const black = momentAt(0, 0, new Uint8Array(picture(0).length));
  const green = momentAt(
    1,
    1,
    picture(0).map((_, i) => (i % 3 === 1 ? 200 : 7)),
  );
  const cut = momentAt(2, 2, new Uint8Array(5));
  const none = { ...momentAt(3, 3), observed: { state: new Float32Array(0), images: [] } };
  const all = await judgements(critic, { episode_id: 'e', moments: [black, green, cut, none] });
  assert.deepEqual(
    all.map(({ progress, done, reason }) => [progress, done, reason]),
    [
      [undefined, undefined, 'camera head shows nothing but one colour'],
      [undefined, undefined, 'camera head shows nothing but one colour'],
      [undefined, undefined, 'camera head gave no image of 84 x 84'],
      [undefined, undefined, 'camera head gave no image of 84 x 84'],
    ],
  );
  assert.equal(received.length, 0);
});

test('pairwise: an episode whose first frame was not seen has no progress, since there is nothing it is counted from', async (t) => {
  const { critic, received } = await rig(t, saying('<progress>+30%</progress>'), { prompt: 'pairwise' });
  const moments = [momentAt(0, 0, new Uint8Array(picture(0).length)), momentAt(1, 1), momentAt(2, 2)];
  const all = await judgements(critic, { episode_id: 'e', moments });
  assert.deepEqual(
    all.map(({ progress }) => progress),
    [undefined, undefined, undefined],
  );
  assert.match(all[2].reason, /first frame/);
  assert.equal(received.length, 0);
});

test('the dead zone keeps a trembling model from adding up progress', async (t) => {
  const { critic } = await rig(t, saying('<progress>+2%</progress>'), {
    prompt: 'pairwise',
    dead_zone: 0.05,
  });
  const all = await judgements(critic, clipOf(20));
  assert.deepEqual(new Set(all.map(({ progress }) => progress)), new Set([0]));
});

test('several samples: the mean counts, their spread is the uncertainty, and a minority may be unreadable', async (t) => {
  const texts = ['<progress>10%</progress>', '<progress>30%</progress>', 'well', 'hm', 'oh'];
  const answer: Answerer = (_, response, count) => send(response, completion(texts[count - 1]));
  const settings = { prompt: 'pairwise', temperature: 1, samples: 3, concurrency: 1 };
  const [, judged] = await judgements((await rig(t, answer, settings)).critic, clipOf(2));
  near(judged.progress, 0.2);
  near(judged.uncertainty, 0.1);
  assert.equal(judged.components['input_tokens'], 3000);
  const rest: Answerer = (_, response, count) => send(response, completion(texts[count]));
  const [, lost] = await judgements((await rig(t, rest, settings)).critic, clipOf(2));
  assert.deepEqual([lost.progress, lost.reason], [undefined, 'the reply has no <progress>: well']);
});

test('question: the probability of yes by the tokens, with its entropy', async (t) => {
  const likely = (token: string, p: number): object => ({ token, logprob: Math.log(p) });
  const content = [
    { ...likely('Yes', 0.6), top_logprobs: [likely('Yes', 0.6), likely('No', 0.2), likely('It', 0.1)] },
  ];
  const answer = sending(completion('Yes', { logprobs: { content } }));
  const { critic, received } = await rig(t, answer, { prompt: 'question' });
  const [judged] = await judgements(critic, clipOf(1));
  assert.deepEqual([received[0].body['logprobs'], received[0].body['top_logprobs']], [true, 20]);
  assert.equal(judged.progress, undefined);
  near(judged.done, 0.75);
  near(judged.uncertainty, 0.8112781244591328);
  near(judged.components['answer_mass'], 0.8);
  near(judged.components['logprob'], Math.log(0.75));
  const counted = await rig(t, answer, { prompt: 'question', as_progress: true, top_logprobs: 0 });
  const [progress] = await judgements(counted.critic, clipOf(1));
  near(progress.progress, 0.75);
  assert.ok(!('logprobs' in counted.received[0].body));
});

test('frames: a shuffled episode comes back in its own order, and a failure stays as low as it is said to be', async (t) => {
  const said = seeing((steps) => {
    const frames = Object.entries(steps).filter(([title]) => title.startsWith('Frame '));
    const list = frames.map(([title, step]) => ({ frame: parseInt(title.slice(6)), progress: 2 * step }));
    return JSON.stringify(list);
  });
  const { critic, received } = await rig(t, said, { prompt: 'frames', max_frames: 6 });
  assert.equal(critic.sees, 'episode');
  const all = await judgements(critic, clipOf(26, 0.1));
  const at = (index: number): number | undefined => all[index].progress;
  assert.deepEqual([0, 5, 10, 15, 20, 25].map(at), [0, 0.1, 0.2, 0.3, 0.4, 0.5]);
  assert.deepEqual([1, 4, 9, 24].map(at), [0, 0, 0.1, 0.4], 'between frames that are shown it stands still');
  const order = Object.values(await stepsIn(received[0].body));
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    [0, 5, 10, 15, 20, 25],
  );
  assert.equal(order[0], 0, 'the first frame is shown first');
  assert.notDeepEqual(order, [0, 5, 10, 15, 20, 25]);
  assert.equal(received.length, 1);
  assert.deepEqual([all[0].components['input_tokens'], all[1].components], [1000, { held: 1 }]);
  assert.deepEqual((await judgements(critic, clipOf(26, 0.1))).at(-1)?.progress, 0.5);
  assert.equal(received.length, 1, 'the order is the same for the same episode, so its answer is known');
});

test('frames: a list that cannot be read leaves the whole episode unknown, at its price', async (t) => {
  const { critic } = await rig(t, saying('[{"frame": 1, "progress": 10}]'), { prompt: 'frames' });
  const all = await judgements(critic, clipOf(4));
  assert.ok(all.every(({ progress, done }) => progress === undefined && done === undefined));
  assert.equal(all[3].reason, 'the reply lists 1 of 3 frames');
  assert.equal(all[0].components['input_tokens'], 1000);
  const [alone] = await judgements(critic, clipOf(1));
  assert.equal(alone.progress, 0, 'a first frame alone is 0 without asking');
});

const page = '<!DOCTYPE html><html><body>50%</body></html>';
for (const prompt of ['pairwise', 'frames', 'question'] as const) {
  test(`${prompt}: an endpoint that is down or answers with a page leaves everything unknown but the declared start`, async (t) => {
    const folder = scratchFolder(t);
    const down = await criticFrom(folder, { base_url: await nobodyHome(), prompt, retries: 0, every_s: 0 });
    const cases: readonly [Critic, RegExp][] = [
      [down, /^endpoint: connect ECONNREFUSED 127\.0\.0\.1/],
      [(await rig(t, sending(page), { prompt })).critic, /^endpoint: the reply is not JSON/],
      [(await rig(t, saying(page), { prompt })).critic, /^the reply (has no|is neither)/],
      [
        (await rig(t, saying('I think 50 maybe'), { prompt })).critic,
        /^the reply (has no|is neither).*50 maybe$/,
      ],
    ];
    for (const [critic, reason] of cases) {
      const all = await judgements(critic, clipOf(12));
      const judged = prompt === 'pairwise' ? all.slice(1) : all;
      assert.ok(judged.every(({ progress, done }) => progress === undefined && done === undefined));
      for (const judgement of judged) assert.match(judgement.reason, reason);
    }
  });
}

test('a spent budget is said as such', async (t) => {
  const { critic, received } = await rig(t, saying('yes'), {
    prompt: 'question',
    budget: { calls: 2 },
    concurrency: 1,
  });
  const all = await judgements(critic, clipOf(4));
  // Which frames come first depends on whose pictures are ready first.
  const unknown = all.filter(({ done }) => done === undefined);
  assert.deepEqual(
    unknown.map(({ reason }) => reason),
    ['budget: 2 calls are spent', 'budget: 2 calls are spent'],
  );
  assert.equal(received.length, 2);
});

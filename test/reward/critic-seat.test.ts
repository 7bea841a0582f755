import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeAll } from '../../src/reward/critic.js';
import { CriticSeat, type Opinion, type SeatOptions } from '../../src/reward/critic-seat.js';
import { unknown, type Clip } from '../../src/reward/judgement.js';
import { eventually } from '../ros/graph.js';
import { clipOf, judged, liveClipOf, momentOf, toyCritic, toyEpisodeCritic } from './clips.js';

const options: SeatOptions = { pace: 'latest', timeout: 5, episode_timeout: 5, backlog: 3 };
const ended = { outcome: 'success', terminated: true, grade: undefined } as const;

function seated(critic: ConstructorParameters<typeof CriticSeat>[0], changes: Partial<SeatOptions> = {}) {
  const opinions: Opinion[] = [];
  const seat = new CriticSeat(critic, { ...options, ...changes }, (opinion) => opinions.push(opinion));
  return { seat, opinions, said: (count: number) => eventually('opinions', () => opinions.length === count) };
}

/** A critic that answers when it is told to. */
function patient() {
  const asked: { clip: Clip; answer: (progress: number) => void }[] = [];
  const critic = toyCritic(
    (clip) => new Promise((resolve) => asked.push({ clip, answer: (progress) => resolve(judged(progress)) })),
  );
  const next = (count: number) => eventually('a question', () => asked.length === count && asked.at(-1)!);
  return { critic, next };
}

test('a critic that is slow is asked of the newest moment next; those between are counted', async () => {
  const { critic, next } = patient();
  const { seat, opinions, said } = seated(critic);
  seat.present(liveClipOf([0]));
  const first = await next(1);
  for (const length of [2, 3, 4]) seat.present(liveClipOf(Array(length).fill(0) as number[]));
  first.answer(0.25);
  const second = await next(2);
  assert.equal(second.clip.moments.length, 4);
  second.answer(0.75);
  await said(2);
  assert.deepEqual(
    opinions.map(({ step, previous }) => [step, previous]),
    [
      [0, undefined],
      [3, 0.25],
    ],
  );
  assert.deepEqual(seat.state, { judged: 2, unknown: 0, dropped: 2, waiting: 0, reason: '' });
});

test('a question waits for its turn, and is then of the newest moment; after an episode each moment has a turn', async () => {
  const turns: (() => void)[] = [];
  const turn = (): Promise<void> => new Promise((resolve) => turns.push(resolve));
  const asked: number[] = [];
  const critic = toyCritic(({ moments }) => {
    asked.push(moments.length);
    return Promise.resolve(judged(0));
  });
  const live = seated(critic, { turn });
  for (const length of [1, 2]) live.seat.present(liveClipOf(Array(length).fill(0) as number[]));
  assert.deepEqual(asked, []);
  turns[0]();
  await live.said(1);
  assert.deepEqual(asked, [2]);

  const later = seated(critic, { turn, pace: 'episode' });
  later.seat.ended(liveClipOf([0, 0]), ended);
  for (const episodeThenMoments of [1, 2, 3]) {
    const given = await eventually('a turn', () => turns[episodeThenMoments]);
    assert.equal(later.opinions.length, Math.max(0, episodeThenMoments - 2));
    given();
  }
  await later.said(2);
});

test('after an episode every moment is judged from those before it, with the stamp of its observation', async () => {
  const seen: number[][] = [];
  const critic = toyCritic(({ moments }) => {
    seen.push(moments.map(({ observed }) => observed.state[0]));
    return Promise.resolve(judged(moments.at(-1)!.observed.state[0]));
  });
  const { seat, opinions, said } = seated(critic, { pace: 'episode' });
  seat.present(liveClipOf([0]));
  seat.ended(liveClipOf([0, 0.25, 1]), ended);
  await said(3);
  assert.deepEqual(seen, [[0], [0, 0.25], [0, 0.25, 1]]);
  assert.deepEqual(
    opinions.map(({ stamp, previous }) => [stamp.nanosec, previous]),
    [
      [0, undefined],
      [1e8, 0],
      [2e8, 0.25],
    ],
  );
});

test('the newest episode is judged first, and the oldest is dropped when too many wait', async () => {
  const { critic, next } = patient();
  const { seat, opinions, said } = seated(critic, { pace: 'episode', backlog: 2 });
  for (const id of ['a', 'b', 'c', 'd']) seat.ended(liveClipOf([0], id), ended);
  for (const count of [1, 2, 3]) (await next(count)).answer(0);
  await said(3);
  assert.deepEqual(
    opinions.map(({ episode_id }) => episode_id),
    ['a', 'd', 'c'],
  );
  assert.equal(seat.state.dropped, 1);
});

test('a critic that hangs, rejects or throws gives an unknown, which says why, and is asked again', async () => {
  const answers = [
    () => new Promise<never>(() => undefined),
    () => Promise.reject(new Error('connection refused')),
    () => {
      throw new Error('no such thing');
    },
    () => Promise.resolve(judged(1)),
  ];
  const critic = toyCritic(() => answers.shift()!());
  const { seat, opinions, said } = seated(critic, { timeout: 0.02 });
  for (let step = 0; step < 4; step++) {
    seat.present(liveClipOf(Array(step + 1).fill(0) as number[]));
    await said(step + 1);
  }
  assert.deepEqual(
    opinions.map(({ judgement }) => [judgement.progress, judgement.reason]),
    [
      [undefined, 'no answer within 0.02 s'],
      [undefined, 'connection refused'],
      [undefined, 'no such thing'],
      [1, ''],
    ],
  );
  assert.equal(seat.state.unknown, 3);
});

test('a closed seat says nothing more', async () => {
  const { critic, next } = patient();
  const { seat, opinions } = seated(critic);
  seat.present(liveClipOf([0]));
  const question = await next(1);
  seat.close();
  question.answer(1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(opinions, []);
});

test('a critic of the present is never shown what comes later, even when the episode is over', async () => {
  const peeking = toyCritic(({ moments }) => Promise.resolve(judged(moments.length)));
  const clip = clipOf([0, 0, 0, 0]);
  const judgements = await judgeAll(peeking, clip, ended);
  assert.deepEqual(
    judgements.map(({ progress }) => progress),
    [1, 2, 3, 4],
  );
});

test('a critic of whole episodes that fails leaves every moment unknown', async () => {
  const critic = toyEpisodeCritic(() => Promise.reject(new Error('no server')));
  const { seat, opinions, said } = seated(critic, { pace: 'episode' });
  seat.ended(liveClipOf([0, 1]), ended);
  await said(2);
  assert.deepEqual(
    opinions.map(({ judgement }) => judgement),
    [unknown('no server'), unknown('no server')],
  );
});

test('a moment with stale inputs is not judged', async () => {
  const critic = toyCritic(() => Promise.reject(new Error('was asked')));
  const stale = { ...momentOf(0, 0), stale: ['head/image_raw'] };
  const [judgement] = await judgeAll(critic, { episode_id: 'e', moments: [stale] }, ended);
  assert.deepEqual(judgement, unknown('stale: head/image_raw'));
});

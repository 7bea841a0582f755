import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodec } from '../../src/interfaces/codec.js';
import type { Observation, Reward } from '../../src/interfaces/graft-messages.js';
import { unknown, type Judgement } from '../../src/reward/judgement.js';
import { judgementsOf, rewardMessage } from '../../src/reward/reward-message.js';

const critic = { name: 'seen', model: 'pairwise', version: 'ab', done_threshold: 0.5 };

const time = (sec: number): Observation['header'] => ({ stamp: { sec, nanosec: 0 }, frame_id: 'base_link' });

/** What is known of an observation at a step; its image is older. */
const about = (step: number): Pick<Observation, 'header' | 'episode_id' | 'step' | 'images'> => ({
  header: time(100 + step),
  episode_id: 'e',
  step,
  images: [
    {
      ...{ header: time(99 + step), height: 1, width: 1, encoding: 'mono8', is_bigendian: 0, step: 1 },
      data: Uint8Array.of(0),
    },
  ],
});

const judgement = (progress: number, done: number): Judgement => ({
  ...{ progress, done, uncertainty: 0.25, components: { hop: 0.5 }, reason: '' },
});

const message = (step: number, judged: Judgement, previous?: number): Reward =>
  rewardMessage(critic, about(step), { judgement: judged, previous, latency: 0.125 });

/** An episode of so many steps with the messages that came, in their order. */
const episode = (steps: number, rewards: readonly Reward[]): Parameters<typeof judgementsOf>[0] => ({
  id: 'e',
  clip: {
    episode_id: 'e',
    moments: Array.from({ length: steps }, (_, step) => ({
      ...{ step, time: step / 10, signs: undefined },
      observed: { state: new Float32Array(), images: [] },
    })),
  },
  rewards,
});

test('a message names the step that it is about, and what is unknown is NaN', () => {
  assert.deepEqual(message(3, judgement(0.75, 0.5), 0.5), {
    ...{ header: time(103), episode_id: 'e', step: 3 },
    ...{
      critic: 'seen',
      model: 'pairwise',
      model_version: 'ab',
      names: ['hop'],
      values: Float32Array.of(0.5),
    },
    ...{ progress: 0.75, change: 0.25, done: true, done_probability: 0.5, uncertainty: 0.25, reason: '' },
    image_stamps: [{ sec: 102, nanosec: 0 }],
    latency: 0.125,
  });
  assert.ok(Number.isNaN(message(0, judgement(0.75, 0.5)).change), 'nothing was judged before');
  const { progress, change, done, done_probability, uncertainty, reason } = message(3, unknown('dark'), 0.5);
  assert.deepEqual([progress, change, done_probability, uncertainty], [NaN, NaN, NaN, NaN]);
  assert.deepEqual([done, reason], [false, 'dark']);
});

test('judgements come back out of messages, unknown ones as unknown', () => {
  const judged = [judgement(0.25, 0.125), unknown('dark'), judgement(0, 0)];
  const codec = createCodec('graft_msgs/msg/Reward');
  const sent = judged.map((said, step) => codec.decode(codec.encode(message(step, said))));
  assert.deepEqual(judgementsOf(episode(4, sent), 'seen'), [...judged, undefined]);
  const partly = { ...message(0, judgement(0.25, 0.5)), names: ['a', 'b'], values: Float32Array.of(NaN, 1) };
  assert.deepEqual(judgementsOf(episode(1, [partly]), 'seen')[0]?.components, { b: 1 });
});

test('a done label that comes a few frames late belongs to the step it is about, not to the one at which it came', () => {
  // Opinions on 0 and 1 come in time; that on 2, where the task was done and then undone, comes after those on 3 to 5.
  const late = message(2, judgement(1, 0.875));
  const others = [0, 1, 3, 4, 5].map((step) => message(step, judgement(0.25, 0.125)));
  const done = judgementsOf(episode(6, [...others, late]), 'seen').map((said) => said?.done);
  assert.deepEqual(done, [0.125, 0.125, 0.875, 0.125, 0.125, 0.125]);
  assert.deepEqual(
    judgementsOf(episode(6, [late, ...others.reverse()]), 'seen').map((said) => said?.done),
    done,
  );
});

test('of two opinions on one step the later counts; opinions of others and of other episodes do not', () => {
  const first = message(1, judgement(0.25, 0));
  const again = { ...message(1, judgement(0.5, 0)), model_version: 'cd' };
  const other = { ...message(0, judgement(1, 1)), critic: 'other' };
  const elsewhere = { ...message(0, judgement(1, 1)), episode_id: 'f' };
  const beyond = message(7, judgement(1, 1));
  const said = judgementsOf(episode(2, [first, again, other, elsewhere, beyond]), 'seen');
  assert.deepEqual(said, [undefined, judgement(0.5, 0)]);
});

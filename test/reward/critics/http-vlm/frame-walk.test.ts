import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { grmProgress } from '../../../../src/reward/critics/http-vlm/accumulation.js';
import { FrameWalk, type Ask, type Step } from '../../../../src/reward/critics/http-vlm/frame-walk.js';
import { prefix, unknown, type Clip, type Judgement } from '../../../../src/reward/judgement.js';
import { says } from '../../clips.js';
import { clipOf, momentAt } from './clips.js';

const known = (progress: number): Judgement => says(progress, { done: 0.5 });

/** Progress 0 at first, then a tenth of what is left for each s between the frames; unknown at the steps given. */
function tenths(unknownAt: readonly number[] = []): { ask: Ask; asked: string[] } {
  const asked: string[] = [];
  const ask = ({ before, now }: Step): ReturnType<Ask> => {
    asked.push(`${before?.step ?? '-'}>${now.step}`);
    if (unknownAt.includes(now.step)) return Promise.resolve(() => unknown('unreadable'));
    if (before === undefined) return Promise.resolve(() => known(0));
    const hop = 1 - 0.9 ** (now.time - before.time);
    return Promise.resolve((last) => known(grmProgress(last?.progress ?? NaN, hop)));
  };
  return { ask, asked };
}

const progressOf = (judgements: readonly Judgement[]): (number | undefined)[] =>
  judgements.map(({ progress }) => (progress === undefined ? undefined : Number(progress.toFixed(6))));

const expected = (time: number): number => Number((1 - 0.9 ** time).toFixed(6));

async function judgeSome(walk: FrameWalk, clip: Clip, indices: readonly number[]): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for (const index of indices) judgements.push(await walk.judge(prefix(clip, index)));
  return judgements;
}

test('every beginning in order: each frame is compared with the one before', async () => {
  const { ask, asked } = tenths();
  const judgements = await judgeSome(new FrameWalk(ask, 0), clipOf(4), [0, 1, 2, 3]);
  assert.deepEqual(progressOf(judgements), [0, 1, 2, 3].map(expected));
  assert.deepEqual(asked, ['->0', '0>1', '1>2', '2>3']);
});

test('only some beginnings: each frame is compared with the last one that was judged, and nothing is lost', async () => {
  const { ask, asked } = tenths();
  const judgements = await judgeSome(new FrameWalk(ask, 0), clipOf(12), [0, 3, 4, 11]);
  assert.deepEqual(progressOf(judgements), [0, 3, 4, 11].map(expected));
  assert.deepEqual(asked, ['->0', '0>3', '3>4', '4>11']);
});

test('whichever beginnings are asked about, the accumulated progress is that of the time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(30), { maxLength: 15 }), fc.boolean(), async (some, whole) => {
      const indices = [0, ...some.filter((index) => index > 0).sort((a, b) => a - b)];
      const clip = clipOf(31);
      const walk = new FrameWalk(tenths().ask, 0);
      const judgements = await judgeSome(walk, clip, indices);
      assert.deepEqual(progressOf(judgements), indices.map(expected));
      if (whole) assert.deepEqual(progressOf(await walk.judgeEpisode(clip)).at(-1), expected(30));
    }),
  );
});

test('a frame that could not be judged is left out of the chain', async () => {
  const { ask, asked } = tenths([2]);
  const judgements = await judgeSome(new FrameWalk(ask, 0), clipOf(4), [0, 1, 2, 3]);
  assert.deepEqual(progressOf(judgements), [0, expected(1), undefined, expected(3)]);
  assert.equal(judgements[2].reason, 'unreadable');
  assert.deepEqual(asked, ['->0', '0>1', '1>2', '1>3']);
});

test('after the end the same is found, with one more question for each gap', async () => {
  const { ask, asked } = tenths([2, 3]);
  const judgements = await new FrameWalk(ask, 0).judgeEpisode(clipOf(6));
  assert.deepEqual(progressOf(judgements), [0, expected(1), undefined, undefined, expected(4), expected(5)]);
  assert.deepEqual(asked, ['->0', '0>1', '1>2', '2>3', '3>4', '4>5', '1>3', '1>4']);
});

test('between frames that are due progress stands still, nobody says done, and the last frame is always judged', async () => {
  const { ask, asked } = tenths();
  const judgements = await new FrameWalk(ask, 1).judgeEpisode(clipOf(10, 0.25));
  assert.deepEqual(progressOf(judgements), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2.25].map(expected));
  assert.deepEqual(asked, ['->0', '0>4', '4>8', '8>9']);
  assert.deepEqual(
    judgements.map(({ done }) => done),
    [0.5, ...[0, 0, 0].map(() => undefined), 0.5, ...[0, 0, 0].map(() => undefined), 0.5, 0.5],
  );
  assert.deepEqual([judgements[3].components, judgements[4].components], [{ held: 1 }, {}]);
});

test('while it acts, a frame that comes too soon after the last is not asked about', async () => {
  const { ask, asked } = tenths();
  // 0.1 + 0.1 + ... is a little less than the sum.
  const judgements = await judgeSome(new FrameWalk(ask, 0.3), clipOf(8, 0.1), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(asked, ['->0', '0>3', '3>6']);
  assert.deepEqual(progressOf(judgements), [0, 0, 0, 0.3, 0.3, 0.3, 0.6, 0.6].map(expected));
});

test('what follows a frame that could not be judged is unknown until the next one, not what was known before', async () => {
  const { ask } = tenths([4]);
  const judgements = await new FrameWalk(ask, 1).judgeEpisode(clipOf(10, 0.25));
  assert.deepEqual(progressOf(judgements).slice(3, 9), [
    0,
    undefined,
    undefined,
    undefined,
    undefined,
    expected(2),
  ]);
});

test('the same beginning asked for twice is judged once, and a shorter one does not see the longer', async () => {
  const { ask, asked } = tenths();
  const walk = new FrameWalk(ask, 0);
  const clip = clipOf(6);
  const twice = await judgeSome(walk, clip, [0, 3, 3, 5]);
  assert.equal(twice[1], twice[2]);
  assert.deepEqual(asked, ['->0', '0>3', '3>5']);
  const [shorter, longer] = await judgeSome(walk, clip, [1, 5]);
  assert.deepEqual(progressOf([shorter, longer]), [1, 5].map(expected));
});

test('calls that overlap are answered one after the other', async () => {
  const { ask, asked } = tenths();
  const walk = new FrameWalk(ask, 0);
  const clip = clipOf(4);
  const judgements = await Promise.all([0, 1, 2, 3].map((index) => walk.judge(prefix(clip, index))));
  assert.deepEqual(progressOf(judgements), [0, 1, 2, 3].map(expected));
  assert.deepEqual(asked, ['->0', '0>1', '1>2', '2>3']);
});

test('moments that are shared between clips, played backwards or in a loop, keep the episodes apart', async () => {
  const walk = new FrameWalk(tenths().ask, 0);
  const forward = clipOf(3);
  await judgeSome(walk, forward, [0, 1, 2]);
  const times = [...forward.moments].reverse();
  const backward = { episode_id: 'e0', moments: times };
  const [start] = await judgeSome(walk, backward, [0]);
  assert.equal(start.progress, 0, 'the last frame of one episode is the first of another');
  const [a, b] = forward.moments;
  const loop = { episode_id: 'loop', moments: [a, b, a, b, a] };
  const looped = await judgeSome(walk, loop, [0, 1, 2, 3, 4]);
  const again = await judgeSome(new FrameWalk(tenths().ask, 0), loop, [0, 1, 2, 3, 4]);
  assert.deepEqual(
    looped.map(({ progress }) => progress),
    again.map(({ progress }) => progress),
  );
});

test('an abort is passed on and the next call goes on from where it was', async () => {
  const { ask } = tenths();
  let broken = false;
  const walk = new FrameWalk((step, signal) => {
    if (broken) signal?.throwIfAborted();
    return ask(step, signal);
  }, 0);
  const clip = clipOf(3);
  await judgeSome(walk, clip, [0, 1]);
  broken = true;
  await assert.rejects(walk.judge(prefix(clip, 2), AbortSignal.abort(new Error('enough'))), /enough/);
  broken = false;
  const [last] = await judgeSome(walk, clip, [2]);
  assert.deepEqual(progressOf([last]), [expected(2)]);
  await assert.rejects(walk.judge({ episode_id: 'e', moments: [] }), /empty/);
  assert.deepEqual(await walk.judgeEpisode({ episode_id: 'e', moments: [] }), []);
  assert.equal((await walk.judgeEpisode({ episode_id: 'e', moments: [momentAt(0, 0)] })).length, 1);
});

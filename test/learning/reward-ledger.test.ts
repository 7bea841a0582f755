import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Episode } from '../../src/interfaces/graft-messages.js';
import type { EpisodeData } from '../../src/learning/episode.js';
import type { Paid, ReplayHandle } from '../../src/learning/replay.js';
import { RewardLedger } from '../../src/learning/reward-ledger.js';
import { Mixer } from '../../src/reward/mixing/mixer.js';
import { plainTerm, successOnly } from '../../src/reward/mixing/spec.js';
import { messageSamples } from '../interfaces/samples.js';

const gamma = 0.5;

const term = plainTerm('seen', 'potential');

function ledger(): RewardLedger {
  return new RewardLedger(
    new Mixer({ ...successOnly, terms: { progress: term } }, { gamma }),
    new Set(['seen']),
  );
}

function episodeData(id: string, steps: number, success = true): EpisodeData {
  const rows = Array.from({ length: steps + 1 }, () => Float32Array.of(0));
  return {
    id,
    observation: rows.map((state) => ({ state, images: [] })),
    ...{ base: rows, chunk_step: rows.map(() => 0), features: rows, executed: rows.slice(1) },
    ...{ success, terminated: success },
  };
}

function say(
  book: RewardLedger,
  step: number,
  progress: number,
  changes: { critic?: string; id?: string } = {},
): void {
  const { critic = 'seen', id = 'e' } = changes;
  book.opinion({ ...messageSamples['graft_msgs/msg/Reward'], episode_id: id, critic, step, progress });
}

/** Stands for the replay. */
function payments() {
  const paid: Paid[] = [];
  const held = { steps: 9 };
  return { paid, held, pay: (_: ReplayHandle, given: Paid): number => (paid.push(given), held.steps) };
}

const handle: ReplayHandle = { first: 0, steps: 2, terminated: true };
/** gamma * phi' - phi for 0, 0.5, and nothing after the success. */
const shaped = [gamma * 0.5, 1 - 0.5];

test('opinions that came in time and opinions that came late pay the same', () => {
  const [early, late] = [ledger(), ledger()];
  for (const [step, progress] of [
    [0, 0],
    [1, 0.5],
    [2, 1],
  ] as const)
    say(early, step, progress);
  assert.deepEqual(early.settle(episodeData('e', 2), 0).reward, shaped);
  assert.deepEqual(late.settle(episodeData('e', 2), 0).reward, [0, 1]);
  late.entered('e', handle);
  for (const [step, progress] of [
    [2, 1],
    [0, 0],
    [1, 0.5],
  ] as const)
    say(late, step, progress);
  const { paid, pay } = payments();
  late.repay(pay);
  assert.deepEqual(
    paid.map(({ reward }) => reward),
    [shaped],
  );
  late.repay(pay);
  assert.equal(paid.length, 1);
});

test('an episode that nobody speaks of is paid for its success alone, and its moments are counted as missing', () => {
  const book = ledger();
  assert.deepEqual(book.settle(episodeData('e', 2), 0).reward, [0, 1]);
  assert.equal(book.missing, 3);
  book.entered('e', handle);
  say(book, 1, 0.5);
  book.repay(payments().pay);
  assert.equal(book.missing, 2);
});

test('other critics and other episodes do not matter', () => {
  const book = ledger();
  say(book, 1, 0.5, { critic: 'other' });
  say(book, 1, 0.5, { id: 'another' });
  assert.deepEqual(book.settle(episodeData('e', 2), 0).reward, [0, 1]);
});

test('an episode that has left the replay is paid no more', () => {
  const book = ledger();
  book.settle(episodeData('e', 2), 0);
  book.entered('e', handle);
  const { paid, pay, held } = payments();
  held.steps = 0;
  say(book, 1, 0.5);
  book.repay(pay);
  say(book, 2, 1);
  book.repay(pay);
  assert.equal(paid.length, 1);
});

test("a person's later verdict takes the success back", () => {
  const book = ledger();
  assert.deepEqual(book.settle(episodeData('e', 2), 0).reward, [0, 1]);
  book.entered('e', handle);
  const header = { stamp: { sec: 0, nanosec: 0 }, frame_id: '' };
  book.label({ header, episode_id: 'e', outcome: Episode.OUTCOME_FAILURE, grade: 0, note: '' });
  const { paid, pay } = payments();
  book.repay(pay);
  assert.deepEqual(paid[0].reward, [0, 0]);
});

test('what is said of episodes that never become experience is forgotten', () => {
  const book = ledger();
  say(book, 1, 0.5);
  for (let i = 0; i < 100; i++) say(book, 0, 0.5, { id: `evaluation-${i}` });
  assert.deepEqual(book.settle(episodeData('e', 2), 0).reward, [0, 1]);
});

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { endingAt, endingOfLabel, type Ending } from '../../src/episodes/ending.js';
import { appendEpisode, readEpisodes, type EpisodeRecord } from '../../src/episodes/log.js';
import { afterEpisode, isOver, newSession, nextSeed, type Session } from '../../src/episodes/session.js';
import { scratchFolder } from '../config/scratch-folder.js';

const none = { success: false, failure: false };
const success: Ending = { outcome: 'success', terminated: true, truncated: false };
const timeOut: Ending = { outcome: 'failure', terminated: false, truncated: true };
const unbounded = { seed: 100, max_episodes: 0, max_successes: 0, max_steps: 0 };

test('success and failure terminate; the horizon only truncates', () => {
  assert.equal(endingAt(9, 10, none), undefined);
  assert.deepEqual(endingAt(10, 10, none), timeOut);
  assert.deepEqual(endingAt(3, 10, { success: true, failure: false }), success);
  assert.deepEqual(endingAt(3, 10, { success: false, failure: true }), { ...success, outcome: 'failure' });
  assert.deepEqual(
    endingAt(10, 10, { success: true, failure: true }),
    success,
    'success on the last step counts',
  );
});

test("a person's verdict terminates, an unknown one only stops the clock", () => {
  assert.deepEqual(endingOfLabel('success'), success);
  assert.deepEqual(endingOfLabel('failure'), { outcome: 'failure', terminated: true, truncated: false });
  assert.deepEqual(endingOfLabel('unknown'), { outcome: 'unknown', terminated: false, truncated: true });
});

test('a session counts, names its seeds by the first, and wraps at 2^32', () => {
  let session: Session = newSession;
  assert.equal(nextSeed(session, unbounded), 100);
  session = afterEpisode(session, success, 7);
  session = afterEpisode(session, timeOut, 10);
  assert.deepEqual(session, { episodes: 2, successes: 1, steps: 17 });
  assert.equal(nextSeed(session, unbounded), 102);
  assert.equal(nextSeed(session, { ...unbounded, seed: 2 ** 32 - 1 }), 1);
  assert.deepEqual(newSession, { episodes: 0, successes: 0, steps: 0 });
});

test('each limit ends a session when it is reached, and 0 is no limit', () => {
  const session = { episodes: 5, successes: 2, steps: 50 };
  assert.equal(isOver(session, unbounded), false);
  for (const [key, bound] of [
    ['max_episodes', 5],
    ['max_successes', 2],
    ['max_steps', 50],
  ] as const) {
    assert.equal(isOver(session, { ...unbounded, [key]: bound }), true, key);
    assert.equal(isOver(session, { ...unbounded, [key]: bound + 1 }), false, key);
  }
});

test('a session goes on from its log after a crash that cut the last line', (t) => {
  const file = join(scratchFolder(t), 'episodes.jsonl');
  const record = (i: number, ending: Ending): EpisodeRecord => ({
    episode_id: `rollout-${i}`,
    seed: 100 + i,
    kind: 'rollout',
    ...ending,
    steps: 10,
    total_steps: 10 * (i + 1),
    wall_s: i,
    policy_version: i,
  });
  appendEpisode(file, record(0, success));
  appendEpisode(file, record(1, timeOut));
  appendFileSync(file, JSON.stringify(record(2, success)).slice(0, 40));
  const resume = (): Session =>
    readEpisodes(file).reduce(
      (session, { steps, ...ending }) => afterEpisode(session, ending, steps),
      newSession,
    );
  assert.deepEqual(resume(), { episodes: 2, successes: 1, steps: 20 });
  assert.equal(nextSeed(resume(), unbounded), 102, 'the episode that was cut is run again');
  appendEpisode(file, record(2, success));
  assert.deepEqual(resume(), { episodes: 3, successes: 2, steps: 30 });
  assert.deepEqual(readEpisodes(file)[2], record(2, success));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Episode } from '../../src/interfaces/graft-messages.js';
import { EpisodeStream, type ExperienceKind } from '../../src/learning/episode-stream.js';
import type { EpisodeData } from '../../src/learning/episode.js';
import { toReplayEpisode } from '../../src/learning/experience.js';
import type { Manifest } from '../../src/policy/manifest.js';
import { Limit } from '../../src/safety/limiter.js';
import { pointManifest } from './point-task.js';
import { episodeMessages, featuresAt, observedAt, type ExperienceMessage } from './messages.js';

function give(stream: EpisodeStream, sent: ExperienceMessage): void {
  switch (sent.topic) {
    case 'observation':
      return stream.observation(sent.message);
    case 'base_action':
      return stream.baseAction(sent.message);
    case 'executed_step':
      return stream.executedStep(sent.message);
    case 'episode':
      return stream.episode(sent.message);
  }
}

function streamed(
  messages: readonly ExperienceMessage[],
  kind: ExperienceKind = 'rollout',
): { episodes: EpisodeData[]; stream: EpisodeStream } {
  const episodes: EpisodeData[] = [];
  const stream = new EpisodeStream(kind, ['a', 'b'], (episode) => episodes.push(episode));
  for (const message of messages) give(stream, message);
  return { episodes, stream };
}

const expected: EpisodeData = {
  id: 'e',
  observation: [0, 1, 2].map(observedAt),
  base: [1, 2, 3].map((value) => Float32Array.of(Math.fround(0.1 * value), value)),
  chunk_step: [0, 1, 0],
  features: [0, 1, 2].map(featuresAt),
  executed: [1, 2].map((value) => Float32Array.of(0.5 * value, 5 * value)),
  success: true,
  terminated: true,
};

/** Of a policy for the observations of `episodeMessages`, which are not standardised. */
const manifest: Manifest = {
  ...pointManifest,
  observation: { input: 'o', names: ['x', 'y', 'z'], clip: 5, images: [] },
};

test('an episode is the same in whatever order its messages arrive, doubled or not', () => {
  const messages = episodeMessages('e', { steps: 2 });
  const noisy = fc.shuffledSubarray([...messages, ...messages], { minLength: 2 * messages.length });
  fc.assert(
    fc.property(noisy, (shuffled) => {
      const { episodes, stream } = streamed(shuffled);
      assert.deepEqual(episodes, [expected]);
      stream.close();
      assert.equal(stream.incomplete, 0);
    }),
    { seed: 6, numRuns: 100 },
  );
});

test('what was executed enters the replay, not what was commanded', () => {
  const { episodes } = streamed(episodeMessages('e', { steps: 2 }));
  const { action, base } = toReplayEpisode(episodes[0], manifest);
  assert.deepEqual(Array.from(action[1]), [0.5, 5], 'executed 1 and 10 rad in a range of +-2 rad');
  assert.deepEqual(Array.from(base[2]), [Math.fround(0.15), 1.5]);
});

test('actions are reordered to the joints of the policy; a joint that is missing is named', () => {
  assert.deepEqual(streamed(episodeMessages('e', { steps: 2, joints: ['b', 'a'] })).episodes, [expected]);
  const stream = new EpisodeStream('rollout', ['a', 'c'], () => undefined);
  const step = episodeMessages('e', { steps: 1 }).find(({ topic }) => topic === 'executed_step');
  assert.ok(step !== undefined);
  assert.throws(() => give(stream, step), /a message lacks joint c/);
});

test('an episode with any one row missing is never given out, and counts as incomplete', () => {
  const messages = episodeMessages('e', { steps: 2 });
  for (let i = 1; i < messages.length; i++) {
    const { episodes, stream } = streamed(messages.filter((_, j) => j !== i));
    assert.deepEqual(episodes, [], `without message ${i}`);
    stream.close();
    assert.equal(stream.incomplete, 1);
    stream.close();
    assert.equal(stream.incomplete, 1);
  }
});

test('an incomplete episode does not wait for ever: newer ones push it out, and they come through', () => {
  const cut = episodeMessages('cut', { steps: 2 }).filter((_, i) => i !== 2);
  const others = Array.from({ length: 5 }, (_, i) =>
    episodeMessages(`e${i}`, { steps: 1 }).slice(0, -1),
  ).flat();
  const { episodes, stream } = streamed([...cut, ...others]);
  assert.equal(stream.incomplete, 2, 'of six open ones four are kept');
  for (const message of episodeMessages('e4', { steps: 1 })) give(stream, message);
  assert.deepEqual(
    episodes.map(({ id }) => id),
    ['e4'],
  );
});

test('a stream that does not keep images gives episodes without them', () => {
  const episodes: EpisodeData[] = [];
  const stream = new EpisodeStream('rollout', ['a', 'b'], (episode) => episodes.push(episode), false);
  for (const message of episodeMessages('e', { steps: 2 })) give(stream, message);
  const observation = expected.observation.map(({ state }) => ({ state, images: [] }));
  assert.deepEqual(episodes, [{ ...expected, observation }]);
});

test('a step that held because its observation was stale is experience: what the robot did is true', () => {
  const messages = episodeMessages('e', { steps: 2 }).map((sent): ExperienceMessage => {
    if (sent.topic === 'observation' && sent.message.step === 1)
      return { ...sent, message: { ...sent.message, stale: true, stale_inputs: ['head/image_raw'] } };
    if (sent.topic !== 'executed_step' || sent.message.step !== 1) return sent;
    const held = { executed: Float32Array.of(0.5, 5), limiter_flags: Limit.stale | Limit.hold };
    return { ...sent, message: { ...sent.message, ...held } };
  });
  const { episodes } = streamed(messages);
  assert.deepEqual(episodes, [{ ...expected, executed: [expected.executed[0], Float32Array.of(0.5, 5)] }]);
  const { action, reward } = toReplayEpisode(episodes[0], manifest);
  assert.deepEqual(
    [Array.from(action[1]), reward],
    [
      [0.25, 2.5],
      [0, 1],
    ],
  );
});

test('evaluation episodes are never experience, and do not count as incomplete', () => {
  const evaluation = episodeMessages('v', { steps: 2, kind: Episode.KIND_EVALUATION });
  for (const kind of ['rollout', 'demo'] as const) {
    for (const messages of [evaluation, [...evaluation].reverse(), evaluation.slice(1)]) {
      const { episodes, stream } = streamed([...messages, ...messages], kind);
      assert.deepEqual(episodes, []);
      stream.close();
      assert.equal(stream.incomplete, 0);
    }
  }
});

test('demonstrations come without base actions; rollouts and interventions are of one kind', () => {
  const demo = episodeMessages('d', { steps: 2, kind: Episode.KIND_DEMO });
  const withoutBase = demo.filter(({ topic }) => topic !== 'base_action');
  const { episodes } = streamed(withoutBase, 'demo');
  assert.deepEqual(episodes, [{ ...expected, id: 'd', base: [], chunk_step: [], features: [] }]);
  assert.deepEqual(streamed(demo, 'rollout').episodes, []);
  const intervention = episodeMessages('i', { steps: 2, kind: Episode.KIND_INTERVENTION });
  assert.equal(streamed(intervention, 'rollout').episodes.length, 1);
  assert.equal(streamed(intervention, 'demo').episodes.length, 0);
});

test('an episode that is both in a bag and on live topics counts once', () => {
  const messages = episodeMessages('e', { steps: 2 });
  assert.equal(streamed([...messages, ...messages]).episodes.length, 1);
});

test('a time-out comes out as not terminated, without reward; an episode without a step not at all', () => {
  const options = { steps: 2, outcome: Episode.OUTCOME_FAILURE, terminated: false };
  const { episodes } = streamed(episodeMessages('e', options));
  assert.deepEqual(episodes, [{ ...expected, success: false, terminated: false }]);
  const { reward, terminated, place } = toReplayEpisode(episodes[0], manifest);
  assert.deepEqual([reward, terminated], [[0, 0], false]);
  assert.deepEqual(toReplayEpisode({ ...episodes[0], success: true }, manifest).reward, [0, 1]);
  const chunked = { ...manifest, action: { ...manifest.action, execute: 2 } };
  assert.deepEqual(
    [place, toReplayEpisode(episodes[0], chunked).place],
    [
      [0, 1, 0],
      [0, 0.5, 0],
    ],
  );
  assert.throws(() => toReplayEpisode(episodes[0], pointManifest), /observation has 3 elements, expected 2/);
  assert.deepEqual(streamed(episodeMessages('n', { steps: 0 })).episodes, []);
});

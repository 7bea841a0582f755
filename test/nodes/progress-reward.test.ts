import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Episode,
  type Label,
  type Observation,
  type Reward,
  type TaskState,
} from '../../src/interfaces/graft-messages.js';
import { createRandom } from '../../src/engine/index.js';
import { imageMessage } from '../../src/interfaces/image-message.js';
import { imageBytes } from '../../src/robot/image-spec.js';
import { observationNames } from '../../src/robot/observation-spec.js';
import { findTask } from '../../src/sim/task.js';
import { progressReward } from '../../src/nodes/progress-reward.js';
import type { Publisher } from '../../src/ros/index.js';
import { episode, observation, stampOf, temporaryFolder } from './lift-messages.js';
import { eventually, startNode, withNode, withPeer, type RunningNode } from './running-node.js';

type Talk = {
  readonly observations: Publisher<Observation>;
  readonly states: Publisher<TaskState> | undefined;
  readonly episodes: Publisher<Episode>;
  readonly labels: Publisher<Label>;
  readonly rewards: Reward[];
  readonly running: RunningNode;
};

function rewardFile(t: TestContext, critics: string): string {
  const file = join(temporaryFolder(t), 'reward.yaml');
  writeFileSync(file, `task: lift\ncritics:\n${critics}`);
  return file;
}

async function withCritics(
  reward: string,
  body: (talk: Talk) => Promise<void>,
  isSensed = true,
): Promise<void> {
  await withNode(progressReward, { reward }, (running) =>
    withPeer(async (peer) => {
      const observations = peer.sends('observation', 'graft_msgs/msg/Observation', 'reliable');
      const states = isSensed ? peer.sends('task_state', 'graft_msgs/msg/TaskState', 'reliable') : undefined;
      const episodes = peer.sends('episode', 'graft_msgs/msg/Episode', 'latched');
      const labels = peer.sends('label', 'graft_msgs/msg/Label', 'history');
      const rewards = peer.hears('reward', 'graft_msgs/msg/Reward', 'history');
      await peer.connected();
      await body({ observations, states, episodes, labels, rewards, running });
    }),
  );
}

const state = (episode_id: string, step: number, success: boolean): TaskState => ({
  header: { stamp: stampOf(step), frame_id: 'world' },
  ...{ episode_id, step, success, failure: false, names: [], values: new Float32Array() },
});

test('an opinion has the stamp, episode and step of the observation that it is about', async (t) => {
  await withCritics(rewardFile(t, '  sensed: { kind: success_expression }\n'), async (talk) => {
    const { observations, states, rewards, running } = talk;
    for (const step of [0, 1]) {
      states?.publish(state('a', step, step === 1));
      observations.publish(observation('a', step));
      await eventually('an opinion', () => rewards.length === step + 1);
    }
    assert.deepEqual(
      rewards.map(({ header, episode_id, step, critic, model }) => [
        header.stamp,
        episode_id,
        step,
        critic,
        model,
      ]),
      [0, 1].map((step) => [stampOf(step), 'a', step, 'sensed', 'success_expression']),
    );
    assert.deepEqual(
      rewards.map(({ progress, done, done_probability }) => [progress, done, done_probability]),
      [
        [0, false, 0],
        [1, true, 1],
      ],
    );
    assert.equal(rewards[1].change, 1);
    assert.ok(rewards.every(({ latency }) => latency >= 0 && latency < 5));
    await eventually('its health', () => running.status('critic sensed')?.message === 'judging');
  });
});

test('where nothing senses the task the opinion is unknown, and says why', async (t) => {
  await withCritics(
    rewardFile(t, '  sensed: { kind: success_expression }\n'),
    async (talk) => {
      talk.observations.publish(observation('a', 0));
      const reward = await eventually('an opinion', () => talk.rewards[0]);
      assert.deepEqual([reward.progress, reward.done, reward.done_probability], [NaN, false, NaN]);
      assert.match(reward.reason, /no task_state/);
      await eventually('a warning', () => talk.running.status('critic sensed')?.level === 1);
    },
    false,
  );
});

test('a person is heard when the episode ends, and again when they change their mind', async (t) => {
  await withCritics(
    rewardFile(t, '  person: { kind: human }\n'),
    async (talk) => {
      const { observations, episodes, labels, rewards } = talk;
      for (const step of [0, 1]) observations.publish(observation('a', step));
      const header = { stamp: stampOf(1), frame_id: '' };
      const label = { header, episode_id: 'a', outcome: Episode.OUTCOME_SUCCESS, grade: 4, note: '' };
      labels.publish(label);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const end = { phase: Episode.PHASE_ENDED, outcome: Episode.OUTCOME_SUCCESS, terminated: true };
      episodes.publish(episode('a', { ...end, final_step: 1 }));
      await eventually('two opinions', () => rewards.length === 2);
      assert.deepEqual(
        rewards.map(({ step, progress, done }) => [step, progress, done]),
        [
          [0, NaN, false],
          [1, 0.75, true],
        ],
      );
      labels.publish({ ...label, outcome: Episode.OUTCOME_FAILURE, grade: 0 });
      await eventually('two more', () => rewards.length === 4);
      assert.deepEqual([rewards[3].step, rewards[3].progress, rewards[3].done], [1, 0, false]);
    },
    false,
  );
});

test('an observer of another task is an error in the diagnostics, and nothing is judged', async (t) => {
  await withCritics(rewardFile(t, '  sensed: { kind: success_expression }\n'), async (talk) => {
    talk.observations.publish(observation('a', 0, { names: ['x'], state: Float32Array.of(1) }));
    const status = await eventually('an error', () => talk.running.status('callbacks'));
    assert.match(status.message, /observation\.names\.0: is .*, the observer sends x/);
    assert.equal(talk.rewards.length, 0);
  });
});

test('a reward file that does not fit ends the start, with file and key', async (t) => {
  for (const [critics, problem] of [
    ['  seen: { kind: pairwize }\n', /pairwize is not a critic/],
    ['  sensed: { kind: success_expression, thrshold: 1 }\n', /critics\.sensed\.thrshold/],
  ] as const) {
    const messages: string[] = [];
    const error = t.mock.method(console, 'error', (text: string) => messages.push(text));
    const running = startNode(progressReward, { reward: rewardFile(t, critics) });
    assert.equal(await running.exit, 1);
    assert.match(messages.join('\n'), problem);
    error.mock.restore();
  }
});

test('an endpoint that is down leaves opinions unknown, in the messages and in the diagnostics', async (t) => {
  const pixels = findTask('lift_pixels');
  const file = join(temporaryFolder(t), 'reward.yaml');
  const vlm =
    '{ kind: http_vlm, base_url: "http://127.0.0.1:9/v1", model: any, prompt: question, pace: latest, retries: 0 }';
  writeFileSync(file, `task: lift_pixels\ncritics:\n  vlm: ${vlm}\n`);
  const random = createRandom(1);
  const images = pixels.images.map((spec) => {
    const noise = Uint8Array.from({ length: imageBytes(spec) }, () => random.integer(256));
    return imageMessage(spec, noise, { stamp: stampOf(0), frame_id: 'camera' });
  });
  const names = observationNames(pixels.observation);
  const seen = {
    names,
    state: new Float32Array(names.length),
    cameras: pixels.images.map(({ camera }) => camera),
    images,
  };
  await withCritics(
    file,
    async ({ observations, rewards, running }) => {
      observations.publish(observation('a', 0, seen));
      const reward = await eventually('an opinion', () => rewards[0]);
      assert.deepEqual([reward.progress, reward.done, reward.done_probability], [NaN, false, NaN]);
      assert.match(reward.reason, /ECONNREFUSED|bad port/);
      assert.deepEqual(reward.image_stamps, [stampOf(0), stampOf(0)]);
      const status = await eventually('a warning', () => {
        const now = running.status('critic vlm');
        return now?.level === 1 && now;
      });
      assert.match(status.message, /ECONNREFUSED|bad port/);
    },
    false,
  );
});

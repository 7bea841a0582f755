import { test } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendEpisode, readEpisodes } from '../../src/episodes/log.js';
import { Episode, type ResetTaskRequest } from '../../src/interfaces/graft-messages.js';
import { episodeManager } from '../../src/nodes/episode-manager.js';
import {
  eventually,
  sleep,
  startNode,
  withPeer,
  type ParameterValue,
  type Peer,
  type RunningNode,
} from './running-node.js';
import { messageSamples } from '../interfaces/samples.js';
import { observation, stampOf, task, temporaryFolder } from './lift-messages.js';

/** Stands for the simulator and the observer: resets on request, and tells of steps as the test says. */
function standIn(peer: Peer) {
  const resets: ResetTaskRequest[] = [];
  peer.node.service('reset_task', 'graft_msgs/srv/ResetTask', (request) => {
    resets.push(request);
    return { success: true, message: '', stamp: stampOf(0) };
  });
  const observations = peer.sends('observation', 'graft_msgs/msg/Observation', 'reliable');
  const states = peer.sends('task_state', 'graft_msgs/msg/TaskState', 'reliable');
  const episodes = peer.hears('episode', 'graft_msgs/msg/Episode', 'latched_history');
  const begun = async (count: number): Promise<Episode> => {
    const running = await eventually(`episode ${count}`, () => {
      const all = episodes.filter(({ phase }) => phase === Episode.PHASE_RUNNING);
      return all.length === count && all.at(-1);
    });
    return running;
  };
  const ended = (): Episode[] => episodes.filter(({ phase }) => phase === Episode.PHASE_ENDED);
  const tell = (episode_id: string, step: number, sign: 'success' | 'failure' | 'none' = 'none'): void => {
    const [success, failure] = [sign === 'success', sign === 'failure'];
    const header = { stamp: stampOf(step), frame_id: 'world' };
    states.publish({ header, episode_id, step, success, failure, names: [], values: new Float32Array() });
    observations.publish(observation(episode_id, step));
  };
  return { resets, observations, episodes, begun, ended, tell };
}

type Talk = ReturnType<typeof standIn> & { readonly peer: Peer; readonly running: RunningNode };

async function withManager(
  parameters: Readonly<Record<string, ParameterValue>>,
  body: (talk: Talk) => Promise<void>,
): Promise<void> {
  await withPeer(async (peer) => {
    const talk = standIn(peer);
    const running = startNode(episodeManager, parameters);
    try {
      await peer.connected();
      await body({ ...talk, peer, running });
    } finally {
      await running.stop();
    }
  });
}

test('success, failure, time-out: how each ends, seeds in sequence, and the bound on episodes', async (t) => {
  const log_file = join(temporaryFolder(t), 'session', 'episodes.jsonl');
  await withManager({ seed: 40, max_episodes: 3, log_file, kind: 'evaluation' }, async (talk) => {
    const { begun, ended, tell, resets, running } = talk;
    const first = await begun(1);
    assert.deepEqual([first.seed, first.kind, first.task], [40n, Episode.KIND_EVALUATION, 'lift']);
    assert.deepEqual(first.start_stamp, stampOf(0));
    for (let step = 0; step < 5; step++) tell(first.episode_id, step);
    tell('of another episode', 5, 'success');
    await sleep(30);
    assert.equal(ended().length, 0);
    tell(first.episode_id, 5, 'success');
    const second = await begun(2);
    tell(second.episode_id, 3, 'failure');
    const third = await begun(3);
    tell(third.episode_id, task.horizon_steps - 1);
    await sleep(30);
    assert.equal(ended().length, 2, 'the horizon is not reached');
    tell(third.episode_id, task.horizon_steps);
    assert.equal(await running.exit, 0, 'the session is over');
    await eventually('the last end', () => ended().length === 3);
    assert.deepEqual(
      ended().map(({ outcome, terminated, truncated, final_step }) => [
        outcome,
        terminated,
        truncated,
        final_step,
      ]),
      [
        [Episode.OUTCOME_SUCCESS, true, false, 5],
        [Episode.OUTCOME_FAILURE, true, false, 3],
        [Episode.OUTCOME_FAILURE, false, true, task.horizon_steps],
      ],
    );
    assert.deepEqual(
      resets.map(({ seed }) => seed),
      [40n, 41n, 42n],
    );
    assert.deepEqual(
      resets.map(({ episode_id }) => episode_id),
      [first, second, third].map(({ episode_id }) => episode_id),
    );
  });
  assert.deepEqual(
    readEpisodes(log_file).map(({ seed, kind, outcome, steps, total_steps }) => [
      seed,
      kind,
      outcome,
      steps,
      total_steps,
    ]),
    [
      [40, 'evaluation', 'success', 5, 5],
      [41, 'evaluation', 'failure', 3, 8],
      [42, 'evaluation', 'failure', 60, 68],
    ],
  );
});

test("a person's label ends the episode; a wrong one does not", async () => {
  await withManager({}, async ({ begun, ended, tell, peer }) => {
    const label = peer.node.client('label_episode', 'graft_msgs/srv/LabelEpisode');
    const labels = peer.hears('label', 'graft_msgs/msg/Label', 'history');
    const first = await begun(1);
    const early = await label.call({ episode_id: '', outcome: Episode.OUTCOME_SUCCESS, grade: 0, note: '' });
    assert.deepEqual([early.success, early.message], [false, 'the episode has only begun']);
    tell(first.episode_id, 7);
    await sleep(30);
    const other = await label.call({ episode_id: 'x', outcome: Episode.OUTCOME_SUCCESS, grade: 0, note: '' });
    assert.match(other.message, /x is no episode of this session/);
    const unknown = await label.call({ episode_id: '', outcome: 9, grade: 0, note: '' });
    assert.match(unknown.message, /9 is not an outcome/);
    assert.equal(ended().length, 0);
    const good = await label.call({
      episode_id: first.episode_id,
      outcome: Episode.OUTCOME_SUCCESS,
      grade: 4,
      note: 'lifted',
    });
    assert.equal(good.success, true);
    const said = await eventually('the label', () => labels.at(-1));
    assert.deepEqual([said.episode_id, said.grade, said.note], [first.episode_id, 4, 'lifted']);
    const second = await begun(2);
    tell(second.episode_id, 2);
    await sleep(30);
    await label.call({ episode_id: '', outcome: Episode.OUTCOME_UNKNOWN, grade: 0, note: '' });
    await begun(3);
    const late = {
      episode_id: first.episode_id,
      outcome: Episode.OUTCOME_FAILURE,
      grade: 0,
      note: 'it fell',
    };
    assert.equal((await label.call(late)).success, true);
    await eventually('the late label', () => labels.at(-1)?.note === 'it fell');
    assert.deepEqual(
      ended().map(({ outcome, terminated, truncated, final_step }) => [
        outcome,
        terminated,
        truncated,
        final_step,
      ]),
      [
        [Episode.OUTCOME_SUCCESS, true, false, 7],
        [Episode.OUTCOME_UNKNOWN, false, true, 2],
      ],
    );
  });
});

test("a critic's opinion ends the episode at the step that it is about, if it is the one that may", async () => {
  const parameters = { success_critic: 'seen', success_opinions: 2 };
  await withManager(parameters, async ({ begun, ended, tell, peer }) => {
    const rewards = peer.sends('reward', 'graft_msgs/msg/Reward', 'history');
    const { episode_id } = await begun(1);
    const say = (critic: string, step: number, done: boolean): void =>
      rewards.publish({ ...messageSamples['graft_msgs/msg/Reward'], episode_id, critic, step, done });
    for (let step = 0; step <= 9; step++) tell(episode_id, step);
    for (const step of [4, 5, 6]) say('other', step, true);
    say('seen', 3, true);
    say('seen', 4, false);
    say('seen', 6, true);
    await sleep(50);
    assert.equal(ended().length, 0);
    say('seen', 5, true);
    await begun(2);
    assert.deepEqual(
      ended().map(({ outcome, terminated, final_step }) => [outcome, terminated, final_step]),
      [[Episode.OUTCOME_SUCCESS, true, 6]],
    );
  });
});

test('a session goes on from its log, a line that a crash cut short is left out', async (t) => {
  const log_file = join(temporaryFolder(t), 'episodes.jsonl');
  const record = { episode_id: 'old', seed: 10, kind: 'demo', outcome: 'success', terminated: true } as const;
  const rest = { truncated: false, steps: 30, total_steps: 30, wall_s: 3, policy_version: 0 };
  appendEpisode(log_file, { ...record, ...rest });
  appendEpisode(log_file, { ...record, ...rest, seed: 11, outcome: 'failure' });
  appendFileSync(log_file, '{"episode_id": "cut');
  const parameters = { seed: 10, max_successes: 2, kind: 'demo', log_file };
  await withManager(parameters, async ({ begun, tell, resets, running }) => {
    const next = await begun(1);
    assert.equal(next.seed, 12n);
    tell(next.episode_id, 20, 'success');
    assert.equal(await running.exit, 0);
    assert.equal(resets.length, 1);
  });
  assert.deepEqual(
    readEpisodes(log_file).map(({ seed, total_steps }) => [seed, total_steps]),
    [
      [10, 30],
      [11, 30],
      [12, 80],
    ],
  );
});

test('max_steps lets the running episode end; the learner has the last word', async () => {
  const parameters = { max_steps: 10, learner: 'residual_learner' };
  await withManager(parameters, async ({ begun, tell, peer, running, resets, ended }) => {
    const acks = peer.sends('step_ack', 'graft_msgs/msg/StepAck', 'reliable');
    await peer.connected();
    const { episode_id } = await begun(1);
    tell(episode_id, 12, 'success');
    let isOver = false;
    void running.exit.then(() => (isOver = true));
    await eventually('the end', () => ended().length === 1);
    await sleep(200);
    assert.equal(isOver, false, 'it waits for the learner');
    const header = { stamp: stampOf(12), frame_id: '' };
    acks.publish({ header, participant: 'residual_learner', episode_id, step: 12 });
    assert.equal(await running.exit, 0);
    assert.equal(resets.length, 1);
  });
});

test('nodes that never become active are named at the end of the wait', async () => {
  await withPeer(async () => {
    const running = startNode(episodeManager, { wait_for: ['nobody'], wait_timeout: 0.3 });
    assert.equal(await running.exit, 1);
  });
});

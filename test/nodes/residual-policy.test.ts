import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { Episode, type Action } from '../../src/interfaces/graft-messages.js';
import { residualPolicy } from '../../src/nodes/residual-policy.js';
import { alikeCritics } from '../policy/alike-critics.js';
import {
  eventually,
  type Peer,
  sleep,
  startNode,
  withPeer,
  withNode,
  type ParameterValue,
  type RunningNode,
} from './running-node.js';
import {
  action,
  constantActor,
  episode,
  home,
  isClose,
  observation,
  policyUpdate,
  residualShape,
  temporaryFolder,
  writeLinearPolicy,
} from './lift-messages.js';

function talkTo(peer: Peer) {
  const topics = {
    observations: peer.sends('observation', 'graft_msgs/msg/Observation', 'reliable'),
    proposals: peer.sends('base_action', 'graft_msgs/msg/Action', 'reliable'),
    episodes: peer.sends('episode', 'graft_msgs/msg/Episode', 'latched'),
    updates: peer.sends('policy_update', 'graft_msgs/msg/PolicyUpdate', 'latched'),
    actions: peer.hears('action', 'graft_msgs/msg/Action', 'reliable'),
  };
  const { observations, proposals, actions } = topics;
  /** The action for one step of an episode whose base action is home. */
  const act = async (id: string, step: number, repeats = 1): Promise<Action> => {
    const answer = (): Action | undefined =>
      actions.find((one) => one.episode_id === id && one.step === step);
    observations.publish(observation(id, step));
    for (let i = 0; i < repeats; i++) proposals.publish(action(id, step, home));
    await eventually('an action', () => answer() !== undefined);
    return answer() as Action;
  };
  return { ...topics, act };
}

type Talk = ReturnType<typeof talkTo> & { readonly running: RunningNode; readonly sha256: string };

async function withResidual(
  t: TestContext,
  parameters: Readonly<Record<string, ParameterValue>>,
  body: (talk: Talk) => Promise<void>,
): Promise<void> {
  const policy = temporaryFolder(t);
  const sha256 = writeLinearPolicy(policy);
  await withNode(residualPolicy, { policy, ...parameters }, (running) =>
    withPeer(async (peer) => {
      const talk = talkTo(peer);
      await peer.connected();
      await body({ ...talk, running, sha256 });
    }),
  );
}

/** The version of the last update that was taken over. */
const versionOf = (running: RunningNode): string | undefined =>
  running.status('update')?.values.find(({ key }) => key === 'version')?.value;

/** home, corrected by a share of half the action range (0.5 rad). */
const corrected = (residual: number): Float32Array => home.map((value) => value + 0.5 * residual);

test('base action until an update; then base + residual; what cannot be trusted is refused', async (t) => {
  await withResidual(t, {}, async ({ updates, episodes, act, running, sha256 }) => {
    episodes.publish(episode('a', { kind: Episode.KIND_EVALUATION }));
    const first = await act('a', 0);
    assert.deepEqual(first, action('a', 0, home));

    updates.publish(policyUpdate(sha256, constantActor(0.5), { version: 7n }));
    await eventually('the update', () => running.status('update')?.level === 0);
    const second = await act('a', 1);
    assert.ok(isClose(second.values, corrected(0.05)), String(second.values));
    assert.deepEqual([second.source, second.policy_version, second.base], ['residual', 7n, home]);

    const bad = constantActor(-0.5);
    Object.values(bad)[0][0] = NaN;
    updates.publish(policyUpdate(sha256, bad, { version: 8n }));
    await eventually('a refusal', () => running.status('update')?.level === 2);
    assert.match(running.status('update')?.message ?? '', /refused version 8.*has NaN/);
    assert.ok(isClose((await act('a', 2)).values, corrected(0.05)), 'the old weights stay');

    updates.publish(policyUpdate('f'.repeat(64), constantActor(-0.5), { version: 9n }));
    await eventually('another refusal', () => running.status('update')?.message.includes('version 9'));
    assert.match(running.status('update')?.message ?? '', /belongs to base policy ffff/);
    const last = await act('a', 3);
    assert.ok(isClose(last.values, corrected(0.05)));
    assert.equal(last.policy_version, 7n);

    updates.publish(policyUpdate(sha256, constantActor(-0.5), { version: 9n, action_scale: 3 }));
    await eventually('a third refusal', () =>
      running.status('update')?.message.includes('action_scale is 3'),
    );

    updates.publish(policyUpdate(sha256, constantActor(-0.5), { version: 10n }));
    await eventually('the next update', () => running.status('update')?.level === 0);
    assert.ok(isClose((await act('a', 4)).values, corrected(-0.05)));
  });
});

test('critics of an update let the residual through, or the base action alone', async (t) => {
  await withResidual(t, {}, async ({ updates, episodes, act, running, sha256 }) => {
    episodes.publish(episode('a', { kind: Episode.KIND_EVALUATION }));
    const critics = { ...residualShape, num_q: 2 };
    const answers: Action[] = [];
    for (const [step, slopes] of [
      [1, 1],
      [-1, -1],
      [1, -1],
    ].entries()) {
      const weights = { ...constantActor(0.5), ...alikeCritics(critics, slopes) };
      updates.publish(policyUpdate(sha256, weights, { version: BigInt(step + 1) }));
      await eventually('the update', () => versionOf(running) === String(step + 1));
      answers.push(await act('a', step));
    }
    const open = answers.map(({ values }) => isClose(values, corrected(0.05)));
    const closed = answers.map(({ values }) => isClose(values, home));
    assert.deepEqual([closed[0], closed[1]], [open[1], open[0]], 'critics of opposite opinion');
    assert.notEqual(open[0], open[1]);
    assert.equal(closed[2], true, 'critics that disagree');
    // An update without critics is followed everywhere again.
    updates.publish(policyUpdate(sha256, constantActor(0.5), { version: 9n }));
    await eventually('the last update', () => versionOf(running) === '9');
    assert.ok(isClose((await act('a', 3)).values, corrected(0.05)));
  });
});

test('an update that comes before the node is configured is not lost', async (t) => {
  const policy = temporaryFolder(t);
  const sha256 = writeLinearPolicy(policy);
  const running = startNode(residualPolicy, { policy, autostart: false });
  await withPeer(async (peer) => {
    const { updates, episodes, act } = talkTo(peer);
    await peer.connected();
    updates.publish(policyUpdate(sha256, constantActor(0.5), { version: 3n }));
    episodes.publish(episode('a', { kind: Episode.KIND_EVALUATION }));
    await sleep(100);
    const change = peer.node.client('residual_policy/change_state', 'lifecycle_msgs/srv/ChangeState');
    for (const label of ['configure', 'activate']) {
      const answer = await change.call({ transition: { id: 0, label } });
      assert.equal(answer['success'], true, label);
    }
    await eventually('the update', () => running.status('update')?.level === 0);
    assert.equal((await act('a', 0)).policy_version, 3n);
  });
  assert.equal(await running.stop(), 0);
});

test('noise in rollouts only, the same for the same seed, drawn once per step', async (t) => {
  await withResidual(t, { seed: 5 }, async ({ updates, episodes, actions, act, running, sha256 }) => {
    updates.publish(policyUpdate(sha256, constantActor(0.5), { noise: 0.02 }));
    await eventually('the update', () => running.status('update')?.level === 0);
    const run = async (id: string, kind: number, seed: bigint): Promise<Action[]> => {
      episodes.publish(episode(id, { kind, seed }));
      return [await act(id, 0), await act(id, 1, 3), await act(id, 2)];
    };
    const values = (answers: Action[]): number[][] => answers.map((answer) => [...answer.values]);
    for (const { values: still } of await run('quiet', Episode.KIND_EVALUATION, 3n))
      assert.ok(isClose(still, corrected(0.05)));
    const noisy = await run('noisy', Episode.KIND_ROLLOUT, 3n);
    assert.ok(noisy.every(({ values: moved }) => !isClose(moved, corrected(0.05), 1e-3)));
    assert.ok(
      noisy.every(({ values: moved }) => isClose(moved, home, 0.05 + 1e-6)),
      'bounded by action_scale',
    );
    assert.notDeepEqual(values(noisy)[0], values(noisy)[1]);
    const repeated = (): Action[] =>
      actions.filter(({ episode_id, step }) => episode_id === 'noisy' && step === 1);
    await eventually('the repeated answers', () => repeated().length > 1);
    for (const answer of repeated()) assert.deepEqual(answer, repeated()[0]);
    assert.deepEqual(values(await run('again', Episode.KIND_ROLLOUT, 3n)), values(noisy));
    assert.notDeepEqual(values(await run('other', Episode.KIND_ROLLOUT, 4n)), values(noisy));
  });
});

test('warm-up: uniform noise around the base in rollouts, the base alone in evaluation', async (t) => {
  await withResidual(t, {}, async ({ updates, episodes, act, running, sha256 }) => {
    updates.publish(policyUpdate(sha256, constantActor(0.5), { mode: 1, noise: 0.04 }));
    await eventually('the update', () => running.status('update')?.message === 'warmup');
    episodes.publish(episode('a'));
    const warm = await act('a', 0);
    assert.ok(isClose(warm.values, home, 0.02 + 1e-6) && !isClose(warm.values, home, 1e-3));
    episodes.publish(episode('b', { kind: Episode.KIND_EVALUATION }));
    assert.deepEqual((await act('b', 0)).values, home);
  });
});

import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readEpisodes } from '../../src/learning/bag-episodes.js';
import { findTask } from '../../src/sim/task.js';
import { withPeer } from '../nodes/running-node.js';
import { launch, prepareBase, start, temporaryFolder, until } from './project.js';

const root = temporaryFolder();
const task = findTask('lift');
before(() => prepareBase(root));

test('realtime: the deployed graph moves a robot that keeps its own time, at the control rate', async () => {
  const robot = start('ros2', ['run', 'graft_nodes', 'mujoco_sim', '--ros-args', '-p', 'clock:=realtime']);
  const out = join(root, 'bags', 'monday');
  const deployed = launch('deploy_launch.yaml', { base: join(root, 'base'), out });
  await withPeer(async (peer) => {
    const steps = peer.hears('executed_step', 'graft_msgs/msg/ExecutedStep', 'history');
    const sensors = peer.hears('joint_states', 'sensor_msgs/msg/JointState', 'reliable');
    const episodes = peer.hears('episode', 'graft_msgs/msg/Episode', 'latched_history');
    await until(deployed, 'the first step', () => steps.length > 0);
    const [from, count] = [performance.now(), steps.length];
    // Longer than an episode: the next one begins by itself. And long enough that no single late message makes the rate.
    await until(
      deployed,
      'the second episode',
      () => new Set(episodes.map(({ episode_id }) => episode_id)).size > 1 && steps.length >= count + 40,
    );
    const rate = (steps.length - count) / ((performance.now() - from) / 1000);
    assert.ok(rate > 0.6 * task.control_rate_hz && rate < 1.1 * task.control_rate_hz, `${rate} steps/s`);
    const moved = sensors[0].position.map((value, i) => {
      const all = sensors.map(({ position }) => Math.abs(position[i] - value));
      return Math.max(...all);
    });
    assert.ok(Math.max(...moved) > 0.1, `at most ${Math.max(...moved)} rad`);
    const executed = steps.filter(({ limiter_flags }) => (limiter_flags & 48) === 0);
    // How many are late depends on the machine's load.
    assert.ok(
      executed.length > 0.3 * steps.length,
      `${executed.length} of ${steps.length} steps were not held`,
    );
  });
  assert.equal((await deployed.interrupt()).code, 0);
  assert.equal((await robot.interrupt()).code, 0);
  const { episodes } = await readEpisodes([out], 'rollout');
  assert.ok(episodes.length >= 1);
});

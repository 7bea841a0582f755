/**
 * The control loop at the control rate: the graph that `ros2 launch deploy_launch.yaml` runs on a robot, beside a simulator that keeps
 * its own time, in turn without and with the critics of a reward file that watch.
 * Usage: npm run bench -- realtime --reward FILE [--task lift_pixels] [--seconds 60] [--rounds 3] [--json]
 * Prints the latency from an observation to its command (ExecutedStep.latency), and of the observations how many were judged. The policy is made
 * on the spot from a few demonstrations.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { launchArguments } from '../src/cli/launch-child.js';
import { compare, printWatched, quickBase, startRos2 } from './graph.js';

/** Seconds that the nodes get to start, in which steps may already count. */
const startUp_s = 10;

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: 'lift_pixels' },
    reward: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const { task, reward } = values;
if (reward === undefined) throw new Error('--reward is needed');
const seconds = Number(values.seconds);

const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
try {
  const base = await quickBase(folder, task);
  const watched = await compare(Number(values.rounds), async (critics, round) => {
    const out = join(folder, `${critics}-${round}`);
    const given = critics === 'with' ? { reward: resolve(reward) } : {};
    const robot = ['-p', 'clock:=realtime', '-p', `task:=${task}`];
    const endRobot = startRos2(folder, 'robot', ['run', 'graft_nodes', 'mujoco_sim', '--ros-args', ...robot]);
    const deployed = launchArguments({
      file: 'deploy_launch.yaml',
      arguments: { task, base, out, ...given },
    });
    const endGraph = startRos2(folder, 'graph', deployed);
    await pause(1000 * (startUp_s + seconds));
    await endGraph();
    await endRobot();
    return out;
  });
  printWatched(watched);
  console.log(`${watched.judged} of ${watched.observations} observations judged`);
  if (values.json) console.log(JSON.stringify(watched));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

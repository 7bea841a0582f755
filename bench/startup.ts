/**
 * How long a start takes: from `ros2 launch`, a child process as graft's own commands start it, until somebody who is already there
 * hears the first command. graft: the whole graph of `evaluate_sim_launch.yaml`, simulator, policies and safety in one process, with the
 * model and the networks to load and the first episode to begin; the peer: a minimal rclpy node that only publishes commands.
 * Usage: npm run bench -- startup [--rounds 5] [--json]
 * Prints the median, the least and the most of rounds, s; `--json` writes bench/results/startup.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchArguments, rosDomain } from '../src/cli/launch-child.js';
import { projectFile } from '../src/config/paths.js';
import { closeGraph, createNode, openGraph } from '../src/ros/index.js';
import { quickBase, startRos2 } from './graph.js';
import { quantile } from './quantile.js';
import { recordResults } from './record.js';

type Times = { readonly p50_s: number; readonly min_s: number; readonly max_s: number };

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
/** A graph that says nothing for so long does not start, s. */
const patience = 60;

// Before ROS 2 is opened here: this process is to hear what it starts.
process.env.ROS_DOMAIN_ID = rosDomain(process.env, process.pid);

/** Says when the next command comes. */
class Listener {
  #heard: () => void = () => undefined;

  heard(): void {
    this.#heard();
  }

  /** @throws Error if none comes */
  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no command within ${patience} s`)), 1000 * patience);
      this.#heard = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Seconds from a launch to its first command; ends it then. */
async function startOnce(
  listener: Listener,
  folder: string,
  name: string,
  argv: readonly string[],
): Promise<number> {
  const start = performance.now();
  const first = listener.next();
  const end = startRos2(folder, name, argv);
  await first;
  const seconds = (performance.now() - start) / 1000;
  await end();
  return seconds;
}

function summarise(seconds: readonly number[]): Times {
  return { p50_s: quantile(seconds, 0.5), min_s: Math.min(...seconds), max_s: Math.max(...seconds) };
}

const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
try {
  const base = await quickBase(folder, 'lift');
  const graph = await openGraph([]);
  const node = createNode(graph, 'listener');
  const listener = new Listener();
  const [topic, type] = ['joint_trajectory', 'trajectory_msgs/msg/JointTrajectory'];
  node.rawSubscription(topic, type, 'reliable', () => listener.heard());
  node.spin();
  const own: number[] = [];
  const peers: number[] = [];
  const peer = {
    file: projectFile('bench', 'startup', 'rclpy_launch.yaml'),
    arguments: { node: projectFile('bench', 'startup', 'rclpy_node.py') },
  };
  for (let round = 0; round < Number(values.rounds); round++) {
    const given = { task: 'lift', base, out: join(folder, `out-${round}`), episodes: 1000 };
    const launch = launchArguments({ file: 'evaluate_sim_launch.yaml', arguments: given });
    own.push(await startOnce(listener, folder, 'graft', launch));
    peers.push(await startOnce(listener, folder, 'rclpy', launchArguments(peer)));
  }
  closeGraph(graph);
  const results = { graft: summarise(own), rclpy: summarise(peers) };
  for (const [name, { p50_s, min_s, max_s }] of Object.entries(results))
    console.log(
      `${name}: first command after ${p50_s.toFixed(2)} s (${min_s.toFixed(2)} to ${max_s.toFixed(2)})`,
    );
  if (values.json) recordResults('startup', results);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

/** Recorded episodes, and how fast worlds of graft and of the `mujoco` wheel replay them at the same time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { projectFile } from '../../src/config/paths.js';
import { TaskJudge } from '../../src/sim/expression/judge.js';
import { rollout } from '../../src/sim/rollout.js';
import { WorldObserver } from '../../src/sim/world-observer.js';
import type { World } from '../../src/sim/world.js';
import { createAgent } from '../../src/worlds/agent.js';

/** One episode to replay: the state after the reset, and the controls of each control step. */
export type Recording = { readonly qpos: number[]; readonly qvel: number[]; readonly ctrl: number[][] };

/** What a file says that graft and the wheel replay. */
export type ReplayRequest = {
  /** the task's file, and its model's */
  readonly task: string;
  readonly model: string;
  readonly substeps: number;
  readonly recordings: readonly Recording[];
};

/** What a replaying thread is told. */
export type ReplayOrder = {
  readonly file: string;
  /** s, in which code is compiled */
  readonly warmUp: number;
  readonly seconds: number;
  /** libmujoco to step with; WebAssembly if not given */
  readonly library?: string;
};

/** Someone who replays: resolves once he is ready; `run` lets him begin. @returns physics steps per second */
type Player = { readonly run: () => Promise<number> };

const recordedEpisodes = 4;

/** Episodes of the noisy expert. */
export async function record(world: World): Promise<Recording[]> {
  const { task, physics } = world;
  const expert = await createAgent(task, { kind: 'expert', noise: true });
  const observer = new WorldObserver(world);
  const recordings: Recording[] = [];
  for (let seed = 0; seed < recordedEpisodes; seed++) {
    expert.reset(seed);
    const ctrl: number[][] = [];
    const start: { qpos: number[]; qvel: number[] } = { qpos: [], qvel: [] };
    await rollout({
      ...{ world, judge: TaskJudge.compile(task, world.names), seed },
      onReset: () => {
        start.qpos = [...(physics.data.qpos as Float64Array)];
        start.qvel = [...(physics.data.qvel as Float64Array)];
      },
      act: async (inputs) => (await expert.propose(inputs, observer.observe(inputs, false))).executed,
      onStep: () => void ctrl.push([...(physics.data.ctrl as Float64Array)]),
    });
    recordings.push({ ...start, ctrl });
  }
  await expert.dispose();
  return recordings;
}

async function graftPlayer(order: ReplayOrder): Promise<Player> {
  const worker = new Worker(new URL('./replay-worker.js', import.meta.url), { workerData: order });
  await once(worker, 'message');
  return {
    run: async () => {
      worker.postMessage('go');
      const [rate] = (await once(worker, 'message')) as [number];
      await worker.terminate();
      return rate;
    },
  };
}

async function wheelPlayer(python: string, { file, warmUp, seconds }: ReplayOrder): Promise<Player> {
  const program = projectFile('bench', 'sim', 'wheel.py');
  const child = spawn(python, [program, file, String(warmUp), String(seconds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  await Promise.race([once(lines, 'line'), failure(once(child, 'exit'))]);
  return {
    run: async () => {
      child.stdin.end('go\n');
      const [rate] = (await once(lines, 'line')) as [string];
      return Number(rate);
    },
  };
}

async function failure(ended: Promise<unknown[]>): Promise<never> {
  const [code] = await ended;
  throw new Error(`the wheel ended with ${String(code)}`);
}

/** Physics steps per second of `worlds` together, which begin at the same time. @param python with the wheel; graft if not given */
export async function replayRate(worlds: number, order: ReplayOrder, python?: string): Promise<number> {
  const start = (): Promise<Player> =>
    python === undefined ? graftPlayer(order) : wheelPlayer(python, order);
  const players = await Promise.all(Array.from({ length: worlds }, start));
  const rates = await Promise.all(players.map(({ run }) => run()));
  return rates.reduce((sum, rate) => sum + rate, 0);
}

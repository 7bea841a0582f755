/** Messages of the task `lift`, and a small frozen policy for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createRandom, exportOnnx, tf, type Values } from '../../src/engine/index.js';
import {
  Episode,
  PolicyUpdate,
  type Action,
  type JointState,
  type Observation,
  type Odometry,
  type PoseStamped,
  type Time,
} from '../../src/interfaces/graft-messages.js';
import { writePolicy } from '../../src/learning/behaviour-cloning.js';
import { loadPolicyFile, type Manifest } from '../../src/policy/manifest.js';
import { initialActor } from '../../src/policy/residual-actor.js';
import { observationNames } from '../../src/robot/observation-spec.js';
import { selectJoints } from '../../src/robot/profile.js';
import { timeFromNanoseconds } from '../../src/ros/index.js';
import { findTask } from '../../src/sim/task.js';

export const task = findTask('lift');
export const joints = [...task.action_joints];
export const names = observationNames(task.observation);
const specs = selectJoints(task.robot, joints, task.file);
export const home = Float32Array.from(specs, (joint) => joint.home);
/** ns */
export const period = BigInt(Math.round(1e9 / task.control_rate_hz));

/** The stamp of a control step when the episode starts at 5 s. */
export function stampOf(step: number): Time {
  return timeFromNanoseconds(5_000_000_000n + BigInt(step) * period);
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'graft-nodes-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every joint of the robot, joint i at 0.01 i rad and 0.1 i rad/s; `order` permutes the list. */
export function jointState(
  stamp: Time,
  order: (names: string[]) => string[] = (all) => all,
  changes: Readonly<Record<string, number>> = {},
): JointState {
  const all = task.robot.joints.map(({ name }) => name);
  const name = order([...all]);
  const index = (joint: string): number => all.indexOf(joint);
  return {
    header: { stamp, frame_id: '' },
    name,
    position: Float64Array.from(name, (joint) => changes[joint] ?? 0.01 * index(joint)),
    velocity: Float64Array.from(name, (joint) => 0.1 * index(joint)),
    effort: new Float64Array(name.length),
  };
}

/** Joint states with the action joints at home. */
export function homeState(stamp: Time): JointState {
  return jointState(stamp, (all) => all, Object.fromEntries(joints.map((name, i) => [name, specs[i].home])));
}

const pose = { position: { x: 0.4, y: -0.2, z: 0.8 }, orientation: { x: 0, y: 0, z: 0, w: 1 } };

export function odometry(stamp: Time, x = 0.4): Odometry {
  const zero = { x: 0, y: 0, z: 0 };
  const covariance = new Float64Array(36);
  return {
    header: { stamp, frame_id: 'world' },
    child_frame_id: 'world',
    pose: { pose: { ...pose, position: { ...pose.position, x } }, covariance },
    twist: { twist: { linear: zero, angular: zero }, covariance },
  };
}

export function handPose(stamp: Time): PoseStamped {
  return { header: { stamp, frame_id: 'world' }, pose };
}

export function episode(episode_id: string, changes: Partial<Episode> = {}): Episode {
  return {
    header: { stamp: stampOf(0), frame_id: '' },
    episode_id,
    seed: 3n,
    task: 'lift',
    phase: Episode.PHASE_RUNNING,
    kind: Episode.KIND_ROLLOUT,
    outcome: Episode.OUTCOME_UNKNOWN,
    terminated: false,
    truncated: false,
    final_step: 0,
    start_stamp: stampOf(0),
    ...changes,
  };
}

/** An observation whose elements are 0.1 except the first, which tells the step. */
export function observation(
  episode_id: string,
  step: number,
  changes: Partial<Observation> = {},
): Observation {
  const state = new Float32Array(names.length).fill(0.1);
  state[0] = 0.01 * step;
  const header = { stamp: stampOf(step), frame_id: 'base_link' };
  const seen = { names, state, cameras: [], images: [] };
  return { header, episode_id, step, ...seen, stale: false, stale_inputs: [], ...changes };
}

export function action(
  episode_id: string,
  step: number,
  values: Float32Array,
  changes: Partial<Action> = {},
): Action {
  const header = { stamp: stampOf(step), frame_id: 'base_link' };
  const answer = { header, episode_id, step, source: 'base', policy_version: 0n, joints };
  return { ...answer, values, base: values, chunk_step: 0, features: new Float32Array(), ...changes };
}

export type PolicySettings = { readonly chunk_size?: number; readonly execute?: number };

/** What `writeLinearPolicy` answers in row `k` of its chunk, rad: home + 0.5 (0.1 state[0] + 0.1 k). */
export function linearAnswer(state: Float32Array, k = 0): Float32Array {
  return home.map((value) => value + 0.5 * (0.1 * state[0] + 0.1 * k));
}

/** Writes a policy without weights to speak of; see `linearAnswer`. @returns the hash of its ONNX file */
export function writeLinearPolicy(
  folder: string,
  { chunk_size = 1, execute = 1 }: PolicySettings = {},
): string {
  const width = joints.length;
  const onnx = exportOnnx(
    ({ observation: input }) => {
      const weights = new Float32Array(names.length * chunk_size * width);
      weights.fill(0.1, 0, chunk_size * width);
      const bias = Float32Array.from({ length: chunk_size * width }, (_, i) => 0.1 * Math.floor(i / width));
      const flat = tf.add(
        tf.matMul(input, tf.tensor2d(weights, [names.length, chunk_size * width])),
        tf.tensor1d(bias),
      );
      return { action: tf.reshape(flat, [-1, chunk_size, width]) };
    },
    { observation: { shape: [1, names.length] } },
  );
  const manifest: Manifest = {
    policy: 'policy.onnx',
    control_rate_hz: task.control_rate_hz,
    observation: { input: 'observation', names, clip: 5, images: [] },
    action: {
      output: 'action',
      joints,
      normalised: true,
      lower: [...home].map((value) => value - 0.5),
      upper: [...home].map((value) => value + 0.5),
      chunk_size,
      execute,
    },
  };
  writePolicy(folder, manifest, onnx);
  return loadPolicyFile(folder).sha256;
}

/** Sizes of a small residual for the policy of `writeLinearPolicy`. */
export const residualShape = {
  ...{ input_size: names.length, action_size: joints.length, hidden_size: 8 },
  ...{ layer_norm: true, encoders: [] },
};

/** An actor whose residual is `direction` on every joint, whatever it sees. */
export function constantActor(direction: number): Values {
  const weights = initialActor(residualShape, createRandom(0));
  const bias = Object.entries(weights)
    .filter(([, values]) => values.length === joints.length)
    .at(-1);
  bias?.[1].fill(Math.atanh(direction));
  return weights;
}

/** A policy update with the given actor. */
export function policyUpdate(
  base_sha256: string,
  weights: Values,
  changes: Partial<PolicyUpdate> = {},
): PolicyUpdate {
  const tensors = Object.entries(weights);
  return {
    header: { stamp: stampOf(0), frame_id: '' },
    version: 1n,
    base_sha256,
    mode: PolicyUpdate.MODE_POLICY,
    view: 'state',
    action_scale: 0.1,
    noise: 0,
    gate_deviations: 1,
    tensor_names: tensors.map(([name]) => name),
    tensor_sizes: Uint32Array.from(tensors, ([, values]) => values.length),
    weights: Float32Array.from(tensors.flatMap(([, values]) => [...values])),
    metric_names: [],
    metrics: new Float32Array(),
    ...changes,
  };
}

/** Whether two actions are the same to float32 precision, rad. */
export function isClose(a: Float32Array, b: Float32Array, tolerance = 1e-5): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= tolerance);
}

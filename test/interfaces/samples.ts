import type { Header, Messages, Services, Time } from '../../src/interfaces/graft-messages.js';

const stamp: Time = { sec: 12, nanosec: 345_678_901 };
const header: Header = { stamp, frame_id: 'gelenk_ä' };
const pose = { position: { x: 1, y: -2, z: 3.5 }, orientation: { x: 0, y: 0, z: 0, w: 1 } };
const covariance = Float64Array.from({ length: 36 }, (_, index) => index);

/** One message of every type, with all fields: the compiler holds the keys to the types, the test to the `.msg` files. */
export const messageSamples: Messages = {
  'builtin_interfaces/msg/Time': stamp,
  'std_msgs/msg/Header': header,
  'graft_msgs/msg/Observation': {
    header,
    episode_id: 'e1',
    step: 4294967295,
    names: ['right_elbow_joint.position', 'µ'],
    state: new Float32Array([0.5, -1]),
    stale: true,
    stale_inputs: ['joint_states'],
  },
  'graft_msgs/msg/Action': {
    header,
    episode_id: 'e1',
    step: 3,
    source: 'residual',
    policy_version: 2n ** 64n - 1n,
    joints: ['a', 'bc'],
    values: new Float32Array([1, 2]),
    base: new Float32Array(17).fill(0.25),
    chunk_step: 2,
  },
  'graft_msgs/msg/Domain': {
    header,
    episode_id: 'e1',
    seed: 7n,
    variant: 'can',
    names: ['mass.can', 'latency'],
    values: new Float64Array([1.25, 0.1]),
  },
  'graft_msgs/msg/ExecutedStep': {
    header,
    episode_id: '',
    step: 0,
    source: 'base',
    intervention: false,
    policy_version: 0n,
    joints: [],
    base: new Float32Array(),
    residual: new Float32Array([1]),
    commanded: new Float32Array([1, 2, 3]),
    executed: new Float32Array([Number.NaN, Infinity]),
    chunk_step: 0,
    limiter_flags: 12,
    latency: 0.5,
  },
  'graft_msgs/msg/Episode': {
    header,
    episode_id: 'e',
    seed: 7n,
    task: 'reach',
    phase: 1,
    kind: 3,
    outcome: 2,
    terminated: true,
    truncated: false,
    final_step: 99,
    start_stamp: stamp,
  },
  'graft_msgs/msg/TaskState': {
    header,
    episode_id: 'e',
    step: 5,
    success: false,
    failure: true,
    names: ['height'],
    values: new Float32Array([0.125]),
  },
  'graft_msgs/msg/PolicyUpdate': {
    header,
    version: 3n,
    base_sha256: 'ab',
    mode: 2,
    action_scale: 0.5,
    noise: 0.25,
    tensor_names: ['w', 'b'],
    tensor_sizes: new Uint32Array([12, 3]),
    weights: new Float32Array(15).fill(-1.5),
    metric_names: ['loss'],
    metrics: new Float32Array([0.75]),
  },
  'graft_msgs/msg/StepAck': { header, participant: 'residual_learner', episode_id: 'e', step: 8 },
  'sensor_msgs/msg/JointState': {
    header,
    name: ['j1'],
    position: new Float64Array([Math.PI]),
    velocity: new Float64Array(),
    effort: new Float64Array(12),
  },
  'trajectory_msgs/msg/JointTrajectory': {
    header,
    joint_names: ['j1'],
    points: [
      {
        positions: new Float64Array([1]),
        velocities: new Float64Array(),
        accelerations: new Float64Array(),
        effort: new Float64Array([2]),
        time_from_start: { sec: -1, nanosec: 5 },
      },
    ],
  },
  'nav_msgs/msg/Odometry': {
    header,
    child_frame_id: 'object',
    pose: { pose, covariance },
    twist: { twist: { linear: { x: 1, y: 2, z: 3 }, angular: { x: 4, y: 5, z: 6 } }, covariance },
  },
  'geometry_msgs/msg/PoseStamped': { header, pose },
  'sensor_msgs/msg/Image': {
    header,
    height: 2,
    width: 2,
    encoding: 'rgb8',
    is_bigendian: 0,
    step: 6,
    data: new Uint8Array([0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255]),
  },
  'sensor_msgs/msg/CompressedImage': {
    header,
    format: 'rgb8; jpeg compressed bgr8',
    data: new Uint8Array([255, 216, 0, 217]),
  },
  'sensor_msgs/msg/CameraInfo': {
    header,
    height: 480,
    width: 640,
    distortion_model: 'plumb_bob',
    d: new Float64Array(5),
    k: new Float64Array(9).fill(1),
    r: new Float64Array(9).fill(2),
    p: new Float64Array(12).fill(3),
    binning_x: 1,
    binning_y: 1,
    roi: { x_offset: 1, y_offset: 2, height: 3, width: 4, do_rectify: true },
  },
  'rosgraph_msgs/msg/Clock': { clock: stamp },
  'diagnostic_msgs/msg/DiagnosticArray': {
    header,
    status: [
      { level: 3, name: 'n: task', message: '', hardware_id: 'h', values: [{ key: 'k', value: 'v' }] },
    ],
  },
};

/** One request and one response of every service. */
export const serviceSamples: Services = {
  'graft_msgs/srv/ResetTask': {
    request: { seed: 5n, episode_id: 'e' },
    response: { success: true, message: '', stamp },
  },
  'graft_msgs/srv/LabelEpisode': {
    request: { episode_id: 'e', outcome: 1, note: 'naïve' },
    response: { success: false, message: 'no episode' },
  },
};

/**
 * TypeScript types of every message and service that graft uses, in the field names of the `.msg` files.
 * A test encodes a sample of each with the definitions of the ament index, so a drift fails.
 * Units and meanings are in the `.msg` files; `float32[]` is a Float32Array, 64-bit integers are bigint.
 */

/** builtin_interfaces/msg/Time: seconds and nanoseconds [0, 1e9) since the epoch of the clock in use. */
export type Time = { sec: number; nanosec: number };

/** std_msgs/msg/Header. */
export type Header = { stamp: Time; frame_id: string };

/** graft_msgs/msg/Observation. */
export type Observation = {
  header: Header;
  episode_id: string;
  step: number;
  names: string[];
  state: Float32Array;
  cameras: string[];
  images: Image[];
  stale: boolean;
  stale_inputs: string[];
};

/** graft_msgs/msg/Action. */
export type Action = {
  header: Header;
  episode_id: string;
  step: number;
  source: string;
  policy_version: bigint;
  joints: string[];
  values: Float32Array;
  base: Float32Array;
  chunk_step: number;
  features: Float32Array;
};

/** graft_msgs/msg/ExecutedStep; `limiter_flags` is a bitwise or of the constants. */
export type ExecutedStep = {
  header: Header;
  episode_id: string;
  step: number;
  source: string;
  intervention: boolean;
  policy_version: bigint;
  joints: string[];
  base: Float32Array;
  residual: Float32Array;
  commanded: Float32Array;
  executed: Float32Array;
  chunk_step: number;
  limiter_flags: number;
  latency: number;
};
export const ExecutedStep = {
  LIMIT_NONE: 0,
  LIMIT_POSITION: 1,
  LIMIT_VELOCITY: 2,
  LIMIT_RESIDUAL: 4,
  LIMIT_NON_FINITE: 8,
  LIMIT_STALE: 16,
  LIMIT_HOLD: 32,
} as const;

/** graft_msgs/msg/Episode. */
export type Episode = {
  header: Header;
  episode_id: string;
  seed: bigint;
  task: string;
  phase: number;
  kind: number;
  outcome: number;
  terminated: boolean;
  truncated: boolean;
  final_step: number;
  start_stamp: Time;
};
export const Episode = {
  PHASE_RUNNING: 1,
  PHASE_ENDED: 2,
  KIND_DEMO: 0,
  KIND_ROLLOUT: 1,
  KIND_INTERVENTION: 2,
  KIND_EVALUATION: 3,
  OUTCOME_UNKNOWN: 0,
  OUTCOME_SUCCESS: 1,
  OUTCOME_FAILURE: 2,
} as const;

/** graft_msgs/msg/TaskState. */
export type TaskState = {
  header: Header;
  episode_id: string;
  step: number;
  success: boolean;
  failure: boolean;
  names: string[];
  values: Float32Array;
};

/** graft_msgs/msg/PolicyUpdate; `weights` holds the tensors one after the other, as `tensor_sizes` counts them. */
export type PolicyUpdate = {
  header: Header;
  version: bigint;
  base_sha256: string;
  mode: number;
  view: string;
  action_scale: number;
  noise: number;
  gate_deviations: number;
  tensor_names: string[];
  tensor_sizes: Uint32Array;
  weights: Float32Array;
  metric_names: string[];
  metrics: Float32Array;
};
export const PolicyUpdate = { MODE_BASE: 0, MODE_WARMUP: 1, MODE_POLICY: 2 } as const;

/** graft_msgs/msg/Label; `outcome` as in Episode, `grade` 0 where none was given. */
export type Label = { header: Header; episode_id: string; outcome: number; grade: number; note: string };

/** graft_msgs/msg/Reward; NaN where something is unknown. */
export type Reward = {
  header: Header;
  episode_id: string;
  step: number;
  critic: string;
  model: string;
  model_version: string;
  names: string[];
  values: Float32Array;
  progress: number;
  change: number;
  done: boolean;
  done_probability: number;
  uncertainty: number;
  reason: string;
  image_stamps: Time[];
  latency: number;
};

/** graft_msgs/msg/Domain; `values` has one number per name. */
export type Domain = {
  header: Header;
  episode_id: string;
  seed: bigint;
  variant: string;
  names: string[];
  values: Float64Array;
};

/** graft_msgs/msg/StepAck. */
export type StepAck = { header: Header; participant: string; episode_id: string; step: number };

/** sensor_msgs/msg/JointState. */
export type JointState = {
  header: Header;
  name: string[];
  position: Float64Array;
  velocity: Float64Array;
  effort: Float64Array;
};

/** builtin_interfaces/msg/Duration: whole seconds may be negative, nanoseconds add to them. */
export type Duration = { sec: number; nanosec: number };

/** trajectory_msgs/msg/JointTrajectoryPoint. */
export type JointTrajectoryPoint = {
  positions: Float64Array;
  velocities: Float64Array;
  accelerations: Float64Array;
  effort: Float64Array;
  time_from_start: Duration;
};

/** trajectory_msgs/msg/JointTrajectory. */
export type JointTrajectory = { header: Header; joint_names: string[]; points: JointTrajectoryPoint[] };

/** geometry_msgs/msg/Vector3, and Point, which has the same fields. */
export type Vector3 = { x: number; y: number; z: number };

/** geometry_msgs/msg/Quaternion. */
export type Quaternion = { x: number; y: number; z: number; w: number };

/** geometry_msgs/msg/Pose. */
export type Pose = { position: Vector3; orientation: Quaternion };

/** geometry_msgs/msg/Twist. */
export type Twist = { linear: Vector3; angular: Vector3 };

/** geometry_msgs/msg/PoseStamped. */
export type PoseStamped = { header: Header; pose: Pose };

/** nav_msgs/msg/Odometry; covariances are 6 x 6, row-major. */
export type Odometry = {
  header: Header;
  child_frame_id: string;
  pose: { pose: Pose; covariance: Float64Array };
  twist: { twist: Twist; covariance: Float64Array };
};

/** sensor_msgs/msg/Image; `data` holds `height` rows of `step` bytes. */
export type Image = {
  header: Header;
  height: number;
  width: number;
  encoding: string;
  is_bigendian: number;
  step: number;
  data: Uint8Array;
};

/** sensor_msgs/msg/CompressedImage; `data` is a file, `format` such as "jpeg" or "rgb8; jpeg compressed bgr8". */
export type CompressedImage = { header: Header; format: string; data: Uint8Array };

/** sensor_msgs/msg/RegionOfInterest. */
export type RegionOfInterest = {
  x_offset: number;
  y_offset: number;
  height: number;
  width: number;
  do_rectify: boolean;
};

/** sensor_msgs/msg/CameraInfo; k and r are 3 x 3, p is 3 x 4, row-major. */
export type CameraInfo = {
  header: Header;
  height: number;
  width: number;
  distortion_model: string;
  d: Float64Array;
  k: Float64Array;
  r: Float64Array;
  p: Float64Array;
  binning_x: number;
  binning_y: number;
  roi: RegionOfInterest;
};

/** rosgraph_msgs/msg/Clock. */
export type Clock = { clock: Time };

/** diagnostic_msgs/msg/DiagnosticStatus. */
export type DiagnosticStatus = {
  level: number;
  name: string;
  message: string;
  hardware_id: string;
  values: { key: string; value: string }[];
};
export const DiagnosticStatus = { OK: 0, WARN: 1, ERROR: 2, STALE: 3 } as const;

/** diagnostic_msgs/msg/DiagnosticArray. */
export type DiagnosticArray = { header: Header; status: DiagnosticStatus[] };

/** graft_msgs/srv/ResetTask. */
export type ResetTaskRequest = { seed: bigint; episode_id: string };
export type ResetTaskResponse = { success: boolean; message: string; stamp: Time };

/** graft_msgs/srv/LabelEpisode; `outcome` as in Episode. */
export type LabelEpisodeRequest = { episode_id: string; outcome: number; grade: number; note: string };
export type LabelEpisodeResponse = { success: boolean; message: string };

/** ROS type name to TypeScript type. */
export type Messages = {
  'builtin_interfaces/msg/Time': Time;
  'std_msgs/msg/Header': Header;
  'graft_msgs/msg/Observation': Observation;
  'graft_msgs/msg/Action': Action;
  'graft_msgs/msg/Domain': Domain;
  'graft_msgs/msg/ExecutedStep': ExecutedStep;
  'graft_msgs/msg/Label': Label;
  'graft_msgs/msg/Episode': Episode;
  'graft_msgs/msg/TaskState': TaskState;
  'graft_msgs/msg/PolicyUpdate': PolicyUpdate;
  'graft_msgs/msg/Reward': Reward;
  'graft_msgs/msg/StepAck': StepAck;
  'sensor_msgs/msg/JointState': JointState;
  'trajectory_msgs/msg/JointTrajectory': JointTrajectory;
  'nav_msgs/msg/Odometry': Odometry;
  'geometry_msgs/msg/PoseStamped': PoseStamped;
  'sensor_msgs/msg/Image': Image;
  'sensor_msgs/msg/CompressedImage': CompressedImage;
  'sensor_msgs/msg/CameraInfo': CameraInfo;
  'rosgraph_msgs/msg/Clock': Clock;
  'diagnostic_msgs/msg/DiagnosticArray': DiagnosticArray;
};

/** ROS service name to the types of its two halves. */
export type Services = {
  'graft_msgs/srv/ResetTask': { request: ResetTaskRequest; response: ResetTaskResponse };
  'graft_msgs/srv/LabelEpisode': { request: LabelEpisodeRequest; response: LabelEpisodeResponse };
};

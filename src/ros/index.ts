/** The ROS 2 layer: everything that nodes and tools need of it. */
export { Diagnostics, diagnosticLevels, type DiagnosticLevel, type DiagnosticValues } from './diagnostics.js';
export { Lifecycle, TransitionRefused, type LifecycleCallbacks, type TransitionResult } from './lifecycle.js';
export { lifecycleStates, type LifecycleState } from './lifecycle-states.js';
export {
  GraftNode,
  type ErrorHook,
  type Logger,
  type MessageOf,
  type NodeOptions,
  type RawCallback,
  type RequestOf,
  type ResponseOf,
} from './node.js';
export { NodeParameters, type ParameterListener, type ParameterValues } from './parameters.js';
export { qosProfile, qosProfiles, type Qos, type QosName } from '../interfaces/qos-profiles.js';
export { compatibleQos, rosbag2Qos } from './qos.js';
export { loadRcl, RosUnavailableError } from './rcl-module.js';
export {
  nanosecondsFromTime,
  sameTime,
  secondsBetween,
  timeFromNanoseconds,
  wallTime,
} from '../interfaces/ros-time.js';
export {
  closeGraph,
  createNode,
  openGraph,
  runContainer,
  runExecutable,
  runNodes,
  type AnyNodeDefinition,
  type Graph,
  type NodeContext,
  type NodeDefinition,
  type RunningNode,
} from './runtime.js';
export { ServiceClient, ServiceTimeoutError } from './services.js';
export { startTimer, type Timer } from './timer.js';
export { Publisher, Subscription } from './topics.js';
export { waitUntil } from './wait-until.js';

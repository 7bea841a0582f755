/**
 * What a policy sees: a list of features, each taken from the robot's joints or from a tracked frame.
 * Values are in SI units and not normalised; a policy's manifest says how to standardise them.
 */
import { ConfigError } from '../config/config-error.js';
import { positionInFrame, rotationMatrix, type MovingPose, type Pose } from './pose.js';

/** Names of the frames that the robot, its controllers or the simulator track. */
export type FrameName = 'object' | 'hand';

export type ObservationFeature =
  | { readonly feature: 'joint_position' | 'joint_velocity'; readonly joints: readonly string[] }
  | { readonly feature: 'position' | 'rotation_6d' | 'axes_xz'; readonly frame: FrameName }
  | { readonly feature: 'twist'; readonly frame: 'object' }
  | { readonly feature: 'position_in'; readonly frame: FrameName; readonly reference: FrameName };

/** Everything an observation can be built from, at one instant. */
export type ObservationInputs = {
  /** [rad] by joint name */
  readonly positions: ReadonlyMap<string, number>;
  /** [rad/s] by joint name */
  readonly velocities: ReadonlyMap<string, number>;
  readonly object: MovingPose;
  readonly hand: Pose;
};

/** The name of every element of the observation vector, in order. */
export function observationNames(features: readonly ObservationFeature[]): string[] {
  return features.flatMap(featureNames);
}

/**
 * The observation vector.
 * @returns float32, one element per name of `observationNames`
 * @throws ConfigError if a joint is not among the inputs
 */
export function buildObservation(
  features: readonly ObservationFeature[],
  inputs: ObservationInputs,
): Float32Array {
  return Float32Array.from(features.flatMap((feature) => featureValues(feature, inputs)));
}

const axisNames = ['x', 'y', 'z'];

function featureNames(feature: ObservationFeature): string[] {
  switch (feature.feature) {
    case 'joint_position':
      return feature.joints.map((joint) => `${joint}.position`);
    case 'joint_velocity':
      return feature.joints.map((joint) => `${joint}.velocity`);
    case 'position':
      return axisNames.map((axis) => `${feature.frame}.position.${axis}`);
    case 'rotation_6d':
      return ['r00', 'r01', 'r02', 'r10', 'r11', 'r12'].map((entry) => `${feature.frame}.rotation.${entry}`);
    case 'axes_xz':
      return ['x', 'z'].flatMap((axis) => axisNames.map((part) => `${feature.frame}.${axis}_axis.${part}`));
    case 'twist':
      return ['linear', 'angular'].flatMap((part) =>
        axisNames.map((axis) => `${feature.frame}.${part}.${axis}`),
      );
    case 'position_in':
      return axisNames.map((axis) => `${feature.frame}.position_in_${feature.reference}.${axis}`);
  }
}

function featureValues(feature: ObservationFeature, inputs: ObservationInputs): number[] {
  switch (feature.feature) {
    case 'joint_position':
      return feature.joints.map((joint) => jointValue(inputs.positions, joint));
    case 'joint_velocity':
      return feature.joints.map((joint) => jointValue(inputs.velocities, joint));
    case 'position':
      return [...inputs[feature.frame].position];
    case 'rotation_6d':
      return [...rotationMatrix(inputs[feature.frame].orientation).subarray(0, 6)];
    case 'axes_xz': {
      const r = rotationMatrix(inputs[feature.frame].orientation);
      return [r[0], r[3], r[6], r[2], r[5], r[8]];
    }
    case 'twist':
      return [...inputs.object.linear, ...inputs.object.angular];
    case 'position_in':
      return [...positionInFrame(inputs[feature.frame].position, inputs[feature.reference])];
  }
}

function jointValue(values: ReadonlyMap<string, number>, joint: string): number {
  const value = values.get(joint);
  if (value === undefined) throw new ConfigError('observation', joint, 'joint_states has no such joint');
  return value;
}

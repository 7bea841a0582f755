/**
 * What a policy sees beside images: a list of features, each taken from the robot's joints or from a tracked frame.
 * Values are in SI units and not normalised; a policy's manifest says how to standardise them.
 */
import { ConfigError } from '../config/config-error.js';
import { positionInFrame, rotationMatrix } from './pose.js';
import { isMoving, type TrackedFrame } from './tracked-frames.js';

export type ObservationFeature =
  | { readonly feature: 'joint_position' | 'joint_velocity'; readonly joints: readonly string[] }
  | { readonly feature: 'position' | 'rotation_6d' | 'axes_xz' | 'twist'; readonly frame: string }
  | { readonly feature: 'position_in'; readonly frame: string; readonly reference: string };

/** Everything an observation can be built from, at one instant. */
export type ObservationInputs = {
  /** [rad] by joint name */
  readonly positions: ReadonlyMap<string, number>;
  /** [rad/s] by joint name */
  readonly velocities: ReadonlyMap<string, number>;
  /** tracked frames by name, in the world frame */
  readonly frames: ReadonlyMap<string, TrackedFrame>;
};

/** The frames that the features read, each once, in order of appearance. */
export function observedFrames(features: readonly ObservationFeature[]): string[] {
  const names = features.flatMap((feature) => {
    if (feature.feature === 'position_in') return [feature.frame, feature.reference];
    return 'frame' in feature ? [feature.frame] : [];
  });
  return [...new Set(names)];
}

/** The name of every element of the observation vector, in order. */
export function observationNames(features: readonly ObservationFeature[]): string[] {
  return features.flatMap(featureNames);
}

/**
 * The observation vector.
 * @returns float32, one element per name of `observationNames`
 * @throws ConfigError if a joint or a frame is not among the inputs, or a twist is asked of a frame that has none
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
      return [...frameOf(inputs, feature.frame).position];
    case 'rotation_6d':
      return [...rotationMatrix(frameOf(inputs, feature.frame).orientation).subarray(0, 6)];
    case 'axes_xz': {
      const r = rotationMatrix(frameOf(inputs, feature.frame).orientation);
      return [r[0], r[3], r[6], r[2], r[5], r[8]];
    }
    case 'twist': {
      const frame = frameOf(inputs, feature.frame);
      if (!isMoving(frame)) throw new ConfigError('observation', feature.frame, 'the frame has no twist');
      return [...frame.linear, ...frame.angular];
    }
    case 'position_in': {
      const reference = frameOf(inputs, feature.reference);
      return [...positionInFrame(frameOf(inputs, feature.frame).position, reference)];
    }
  }
}

function frameOf({ frames }: ObservationInputs, name: string): TrackedFrame {
  const frame = frames.get(name);
  if (frame === undefined) throw new ConfigError('observation', name, 'no frame of that name is tracked');
  return frame;
}

function jointValue(values: ReadonlyMap<string, number>, joint: string): number {
  const value = values.get(joint);
  if (value === undefined) throw new ConfigError('observation', joint, 'joint_states has no such joint');
  return value;
}

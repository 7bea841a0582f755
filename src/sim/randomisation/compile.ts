/** A task's randomisation section, checked against its model, as a list of numbers to draw. */
import { ConfigError } from '../../config/config-error.js';
import type { Physics } from '../mujoco.js';
import { noiseSeedName, seedParameter, type CompiledRandomisation, type DomainParameter } from './domain.js';
import { modelNames } from '../model-names.js';
import { selectNames, type NameChoice } from './select-names.js';
import type { Bounds, BoundsByName, FrameNoiseSpec, RandomisationSpec } from './spec.js';

/** What a randomisation section may name beside the model's own things. */
export type RandomisedScene = {
  /** the task file, for errors */
  readonly file: string;
  /** by frame, the bodies that it is fixed to in the variants of the task; none for sites */
  readonly frames: ReadonlyMap<string, readonly string[]>;
  /** the robot's joints */
  readonly joints: readonly string[];
};

type Section = (
  key: string,
  entries: BoundsByName | undefined,
  choice: NameChoice,
  name: (target: string) => string | readonly string[],
) => DomainParameter[];

const axes = ['x', 'y', 'z'];
const turns = ['rx', 'ry', 'rz'];

/**
 * The numbers that a domain of this task has, in the order of the section's keys in the schema.
 * @throws ConfigError if a name is not in the model or the task, or a range is reversed
 */
export function compileRandomisation(
  spec: RandomisationSpec,
  physics: Physics,
  scene: RandomisedScene,
): CompiledRandomisation {
  const { file } = scene;
  const bounded: Section = (key, entries, choice, name) =>
    selectNames(entries ?? {}, choice, `randomisation.${key}`, file).flatMap(([target, bounds]) => {
      checkBounds(bounds, `randomisation.${key}.${target}`, file);
      return [name(target)].flat().map((full) => ({ name: full, bounds }));
    });
  const bodies = modelNames(physics, 'body');
  const aliases = new Map([...scene.frames].filter(([, fixed]) => fixed.length > 0));
  const surfaces = { names: bodies, aliases, shared: true };
  const movable = { names: massiveBodies(bodies, physics), aliases, shared: true };
  const actuators = { names: gainedActuators(physics), shared: true };
  return [
    ...bounded('mass', spec.mass, movable, (body) => `mass.${body}`),
    ...bounded('friction', spec.friction, surfaces, (body) => `friction.${body}`),
    ...bounded('actuator_gain', spec.actuator_gain, actuators, (name) => `actuator_gain.${name}`),
    ...bounded('actuator_damping', spec.actuator_damping, actuators, (name) => `actuator_damping.${name}`),
    ...within('latency', spec.latency_s, 'randomisation.latency_s', file),
    ...bounded(
      'joint_offset_rad',
      spec.joint_offset_rad,
      { names: scene.joints },
      (j) => `joint_offset.${j}`,
    ),
    ...noiseParameters(spec, scene),
    ...cameraParameters(spec, physics, file),
    ...lightParameters(spec, physics, file),
    ...bounded('colour', spec.colour, surfaces, (body) => ['r', 'g', 'b'].map((c) => `colour.${body}.${c}`)),
    ...textureParameters(spec, surfaces, file),
  ];
}

function massiveBodies(bodies: readonly string[], { model }: Physics): string[] {
  const mass = model.body_mass as Float64Array;
  return bodies.filter((_, id) => id > 0 && mass[id] > 0);
}

/** Muscles and user-defined gains have no kp that a factor could change (mjGAIN_FIXED is 0). */
function gainedActuators(physics: Physics): string[] {
  const types = physics.model.actuator_gaintype as Int32Array;
  return modelNames(physics, 'actuator').filter((_, id) => types[id] === 0);
}

function noiseParameters({ noise }: RandomisationSpec, { frames, file }: RandomisedScene): DomainParameter[] {
  if (noise === undefined) return [];
  const key = 'randomisation.noise.frames';
  const byFrame = selectNames(noise.frames ?? {}, { names: [...frames.keys()] }, key, file);
  const deviations: [name: string, deviation: number | undefined][] = [
    ['joint_position', noise.joint_position_rad],
    ['joint_velocity', noise.joint_velocity_rad_s],
    ...byFrame.flatMap(([frame, deviation]) => frameDeviations(frame, deviation)),
  ];
  const constants = deviations.flatMap(([name, deviation = 0]) =>
    deviation === 0 ? [] : [constant(`noise.${name}`, deviation)],
  );
  return constants.length === 0 ? [] : [...constants, seedParameter(noiseSeedName)];
}

function frameDeviations(
  frame: string,
  noise: Partial<FrameNoiseSpec>,
): [name: string, deviation: number | undefined][] {
  return [
    [`${frame}.position`, noise.position_m],
    [`${frame}.rotation`, noise.rotation_rad],
    [`${frame}.velocity`, noise.velocity_m_s],
    [`${frame}.angular_velocity`, noise.angular_velocity_rad_s],
  ];
}

function cameraParameters({ camera }: RandomisationSpec, physics: Physics, file: string): DomainParameter[] {
  const key = 'randomisation.camera';
  return selectNames(camera ?? {}, { names: modelNames(physics, 'camera') }, key, file).flatMap(
    ([name, { position_m, rotation_rad, fovy, delay_s }]) => [
      ...around(`camera.${name}`, axes, position_m),
      ...around(`camera.${name}`, turns, rotation_rad),
      ...within(`camera.${name}.fovy`, fovy, `${key}.${name}.fovy`, file),
      ...within(`camera.${name}.delay`, delay_s, `${key}.${name}.delay_s`, file),
    ],
  );
}

function lightParameters({ light }: RandomisationSpec, physics: Physics, file: string): DomainParameter[] {
  const key = 'randomisation.light';
  return selectNames(light ?? {}, { names: modelNames(physics, 'light') }, key, file).flatMap(
    ([name, { position_m, direction_rad, brightness }]) => [
      ...around(`light.${name}`, axes, position_m),
      ...around(`light.${name}`, turns, direction_rad),
      ...within(`light.${name}.brightness`, brightness, `${key}.${name}.brightness`, file),
    ],
  );
}

function textureParameters(
  { texture }: RandomisationSpec,
  surfaces: NameChoice,
  file: string,
): DomainParameter[] {
  const key = 'randomisation.texture';
  return selectNames(texture ?? {}, surfaces, key, file).flatMap(([name, { contrast, size_m }]) => [
    ...within(`texture.${name}.contrast`, contrast, `${key}.${name}.contrast`, file),
    ...within(`texture.${name}.size`, size_m, `${key}.${name}.size_m`, file),
    seedParameter(`texture.${name}.seed`),
  ]);
}

function around(name: string, parts: readonly string[], largest: number | undefined): DomainParameter[] {
  if (largest === undefined) return [];
  return parts.map((part) => ({ name: `${name}.${part}`, bounds: [-largest, largest] }));
}

function within(name: string, bounds: Bounds | undefined, key: string, file: string): DomainParameter[] {
  if (bounds === undefined) return [];
  checkBounds(bounds, key, file);
  return [{ name, bounds }];
}

function constant(name: string, value: number): DomainParameter {
  return { name, bounds: [value, value] };
}

function checkBounds([lower, upper]: Bounds, key: string, file: string): void {
  if (lower > upper) throw new ConfigError(file, key, `lower ${lower} is above upper ${upper}`);
}

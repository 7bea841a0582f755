/** What each name of a domain does to the arrays of a model that is nominal otherwise. */
import type { Quaternion, Vector3 } from '../../robot/pose.js';
import type { Physics } from '../mujoco.js';
import { multiply, quaternionOfVector, rotate } from '../../robot/rotation.js';
import { modelNames } from '../model-names.js';
import type { ModelArrays } from './nominal-model.js';
import { everything } from './select-names.js';

/** Changes arrays by one number. Names that the sensors and the delays read change nothing here. */
export type Effect = {
  readonly change: (arrays: ModelArrays, value: number) => void;
  /** whether constants that MuJoCo derives from the arrays change with it (`mj_setConst`) */
  readonly derived: boolean;
};

type Named = [name: string, effect: Effect];
type Change = Effect['change'];

/** The effect of every name that means something in the model, in no special order. */
export function modelEffects(physics: Physics): Map<string, Effect> {
  return new Map([
    ...bodyEffects(physics),
    ...actuatorEffects(physics),
    ...cameraEffects(physics),
    ...lightEffects(physics),
  ]);
}

function bodyEffects(physics: Physics): Named[] {
  const { model } = physics;
  const bodies = modelNames(physics, 'body');
  const owners = model.geom_bodyid as Int32Array;
  const materials = materialColours(physics);
  const geomsOf = (body: number): number[] => [...owners.keys()].filter((geom) => owners[geom] === body);
  const all = {
    bodies: [...bodies.keys()],
    geoms: [...owners.keys()],
    pairs: [...Array(model.npair).keys()],
  };
  const targets: [string, typeof all][] = [
    [everything, all],
    ...bodies.map((name, id): [string, typeof all] => [
      name,
      { bodies: [id], geoms: geomsOf(id), pairs: [] },
    ]),
  ];
  return targets.flatMap(([name, { bodies: ids, geoms, pairs }]): Named[] => [
    [
      `mass.${name}`,
      { change: (arrays, value) => ids.forEach((id) => scaleMass(arrays, id, value)), derived: true },
    ],
    [
      `friction.${name}`,
      plain((arrays, value) => {
        for (const geom of geoms) arrays.geom_friction[3 * geom] *= value;
        for (const pair of pairs) scale(arrays.pair_friction, 5 * pair, 2, value);
      }),
    ],
    ...surfaceEffects(name, geoms, materials),
  ]);
}

/** How geoms look. */
function surfaceEffects(
  name: string,
  geoms: readonly number[],
  materials: readonly (Float32Array | undefined)[],
): Named[] {
  return [
    ...['r', 'g', 'b'].map((channel, k): Named => [
      `colour.${name}.${channel}`,
      plain((arrays, value) =>
        geoms.forEach((geom) =>
          tint(arrays.geom_rgba.subarray(4 * geom, 4 * geom + 4), materials[geom], k, value),
        ),
      ),
    ]),
    ...['contrast', 'size', 'seed'].map((part, k): Named => [
      `texture.${name}.${part}`,
      // Seeds of their own, lest a body's geoms look alike.
      plain(({ geom_pattern }, value) =>
        geoms.forEach((geom) => (geom_pattern[3 * geom + k] = part === 'seed' ? value + geom : value)),
      ),
    ]),
  ];
}

function scaleMass(
  { body_mass, body_inertia, body_gravcomp }: ModelArrays,
  body: number,
  value: number,
): void {
  body_mass[body] *= value;
  scale(body_inertia, 3 * body, 3, value);
  // The compensation comes from a controller that knows the nominal mass only.
  body_gravcomp[body] /= value;
}

/** By geom, the colour (r, g, b, a) of its material, or undefined where it has none. */
function materialColours({ model }: Physics): (Float32Array | undefined)[] {
  const colours = model.mat_rgba as Float32Array;
  return Array.from(model.geom_matid as Int32Array, (id) =>
    id < 0 ? undefined : colours.slice(4 * id, 4 * id + 4),
  );
}

/** A geom in MuJoCo's default grey wears its material's colour: that one is changed, on the geom. */
function tint(own: Float32Array, material: Float32Array | undefined, channel: number, value: number): void {
  if (material !== undefined && own[0] === 0.5 && own[1] === 0.5 && own[2] === 0.5 && own[3] === 1)
    own.set(material);
  own[channel] = Math.min(1, own[channel] * value);
}

/**
 * A position servo's force is gain[0] ctrl + bias[1] q + bias[2] dq with gain[0] = kp, bias = (0, -kp, -kv); a velocity
 * servo has gain[0] = kv, bias = (0, 0, -kv); a motor has no bias, and its gain counts as kp.
 */
function actuatorEffects(physics: Physics): Named[] {
  const parameters = 10; // mjNGAIN, mjNBIAS
  const isVelocityServo = ({ actuator_biasprm: bias }: ModelArrays, at: number): boolean =>
    bias[at + 1] === 0 && bias[at + 2] !== 0;
  const gain = (arrays: ModelArrays, id: number, value: number): void => {
    const at = parameters * id;
    if (isVelocityServo(arrays, at)) return;
    arrays.actuator_gainprm[at] *= value;
    arrays.actuator_biasprm[at + 1] *= value;
  };
  const damping = (arrays: ModelArrays, id: number, value: number): void => {
    const at = parameters * id;
    if (isVelocityServo(arrays, at)) arrays.actuator_gainprm[at] *= value;
    arrays.actuator_biasprm[at + 2] *= value;
  };
  const names = modelNames(physics, 'actuator');
  const fixed = physics.model.actuator_gaintype as Int32Array;
  const ids = [...names.keys()].filter((id) => fixed[id] === 0);
  const targets: [string, number[]][] = [
    [everything, ids],
    ...ids.map((id): [string, number[]] => [names[id], [id]]),
  ];
  return targets.flatMap(([name, of]): Named[] => [
    [`actuator_gain.${name}`, plain((arrays, value) => of.forEach((id) => gain(arrays, id, value)))],
    [`actuator_damping.${name}`, plain((arrays, value) => of.forEach((id) => damping(arrays, id, value)))],
  ]);
}

function cameraEffects(physics: Physics): Named[] {
  const modes = physics.model.cam_mode as Int32Array;
  return modelNames(physics, 'camera').flatMap((name, id) => {
    const derived = modes[id] !== 0;
    return [
      ...shifts(`camera.${name}`, id, derived, ({ cam_pos }) => cam_pos),
      ...turns(`camera.${name}`, derived, ({ cam_quat }, turn) => {
        const [w, x, y, z] = cam_quat.subarray(4 * id, 4 * id + 4);
        const [a, b, c, d] = multiply([x, y, z, w], turn); // about the camera's own axes
        cam_quat.set([d, a, b, c], 4 * id);
      }),
      named(
        `camera.${name}.fovy`,
        plain((arrays, value) => zoom(arrays, id, value)),
      ),
    ];
  });
}

/** The field of view times `value`, whichever way the model gives it. */
function zoom({ cam_fovy, cam_intrinsic }: ModelArrays, camera: number, value: number): void {
  const half = (cam_fovy[camera] * Math.PI) / 360;
  cam_fovy[camera] = Math.min(179, cam_fovy[camera] * value);
  scale(cam_intrinsic, 4 * camera, 2, Math.tan(half) / Math.tan((cam_fovy[camera] * Math.PI) / 360));
}

function lightEffects(physics: Physics): Named[] {
  const modes = physics.model.light_mode as Int32Array;
  return modelNames(physics, 'light').flatMap((name, id) => {
    const derived = modes[id] !== 0;
    return [
      ...shifts(`light.${name}`, id, derived, ({ light_pos }) => light_pos),
      ...turns(`light.${name}`, derived, ({ light_dir }, turn) => {
        const [x, y, z] = light_dir.subarray(3 * id, 3 * id + 3);
        light_dir.set(rotate(turn, [x, y, z]), 3 * id);
      }),
      named(
        `light.${name}.brightness`,
        plain(({ light_diffuse, light_specular, light_ambient }, value) => {
          for (const colours of [light_diffuse, light_specular, light_ambient])
            scale(colours, 3 * id, 3, value);
        }),
      ),
    ];
  });
}

/** Shifts along the axes of the body that a camera or light is mounted on, m. */
function shifts(
  name: string,
  id: number,
  derived: boolean,
  positions: (arrays: ModelArrays) => Float64Array,
): Named[] {
  return ['x', 'y', 'z'].map((axis, k) =>
    named(`${name}.${axis}`, {
      change: (arrays, value) => (positions(arrays)[3 * id + k] += value),
      derived,
    }),
  );
}

function turns(name: string, derived: boolean, turn: (arrays: ModelArrays, by: Quaternion) => void): Named[] {
  return ['rx', 'ry', 'rz'].map((axis, k) => {
    const about = (angle: number): Vector3 => [k === 0 ? angle : 0, k === 1 ? angle : 0, k === 2 ? angle : 0];
    return named(`${name}.${axis}`, {
      change: (arrays, value) => turn(arrays, quaternionOfVector(about(value))),
      derived,
    });
  });
}

function named(name: string, effect: Effect): Named {
  return [name, effect];
}

function plain(change: Change): Effect {
  return { change, derived: false };
}

function scale(values: Float64Array | Float32Array, from: number, count: number, factor: number): void {
  for (let i = from; i < from + count; i++) values[i] *= factor;
}

/** How numbers, poses and shapes of a compiled MuJoCo model are written in SDFormat. */
import { multiplyQuaternions } from '../urdf/rotation.mjs';

/** @typedef {import('../../src/sim/mujoco.js').Physics} Physics */

/** mjtObj, mjtGeom, mjtJoint and mjtLightType of MuJoCo's C API. */
const object = { body: 1, joint: 3, geom: 5, camera: 7, light: 8 };
const geom = { plane: 0, sphere: 2, capsule: 3, ellipsoid: 4, cylinder: 5, box: 6 };
export const joint = { free: 0, slide: 2, hinge: 3 };
export const light = { spot: 0, directional: 1, point: 2 };

/** From a MuJoCo camera (looks along -z, y up) to a Gazebo camera (looks along x, z up); w x y z. */
const fromMujocoCamera = [0.5, -0.5, 0.5, 0.5];
/** The same from an optical frame (looks along z, y down; REP-103), in six numbers: URDF knows no quaternions. */
export const fromOpticalFrame = '<pose>0 0 0 1.570796327 -1.570796327 0</pose>';

export const number = (value) => String(Number(value.toFixed(9)) + 0);
export const numbers = (values) => Array.from(values, number).join(' ');
export const rows = (array, width, i) => Array.from(array.slice(width * i, width * (i + 1)));

/** `<pose>` of a position (m) and a quaternion w x y z. */
export function pose(position, [w, x, y, z]) {
  if (x === 0 && y === 0 && z === 0) return `<pose>${numbers(position)} 0 0 0</pose>`;
  return `<pose rotation_format="quat_xyzw">${numbers([...position, x, y, z, w])}</pose>`;
}

/** The name of a body, joint, geom, camera or light; `other` if it has none. */
export function nameOf({ mj, model }, kind, id, other = '') {
  const name = mj.mj_id2name(model, object[kind], id);
  return mj.mj_name2id(model, object[kind], name) === id ? name : other;
}

/** The pose of the Gazebo camera that sees what camera `id` of the model sees, in the camera's body. */
export function cameraPose(model, id) {
  return pose(rows(model.cam_pos, 3, id), multiplyQuaternions(rows(model.cam_quat, 4, id), fromMujocoCamera));
}

/** `<geometry>`; MuJoCo's sizes are radii and half lengths. @throws {Error} for meshes and height fields */
export function geometry(model, id) {
  const [a, b, c] = rows(model.geom_size, 3, id);
  switch (model.geom_type[id]) {
    case geom.plane:
      return `<geometry><plane><normal>0 0 1</normal><size>${numbers([2 * a, 2 * b])}</size></plane></geometry>`;
    case geom.sphere:
      return `<geometry><sphere><radius>${number(a)}</radius></sphere></geometry>`;
    case geom.capsule:
      return `<geometry><capsule><radius>${number(a)}</radius><length>${number(2 * b)}</length></capsule></geometry>`;
    case geom.ellipsoid:
      return `<geometry><ellipsoid><radii>${numbers([a, b, c])}</radii></ellipsoid></geometry>`;
    case geom.cylinder:
      return `<geometry><cylinder><radius>${number(a)}</radius><length>${number(2 * b)}</length></cylinder></geometry>`;
    case geom.box:
      return `<geometry><box><size>${numbers([2 * a, 2 * b, 2 * c])}</size></box></geometry>`;
    default:
      throw new Error(`geom ${id}: type ${model.geom_type[id]} has no SDF primitive`);
  }
}

/**
 * `<sensor>` of a camera with the image size of the task.
 * @param {{name: string, width: number, height: number}} camera
 * @param {{fovy: number, rate: number, place: string}} mount vertical field of view in degrees, Hz, `<pose>`
 */
export function cameraSensor({ name, width, height }, { fovy, rate, place }) {
  const horizontal = 2 * Math.atan((Math.tan((fovy * Math.PI) / 360) * width) / height);
  return [
    `<sensor name="${name}" type="camera">`,
    `  ${place}`,
    `  <topic>${name}/image_raw</topic>`,
    `  <update_rate>${number(rate)}</update_rate>`,
    `  <gz_frame_id>${name}_optical_frame</gz_frame_id>`,
    '  <camera>',
    `    <horizontal_fov>${number(horizontal)}</horizontal_fov>`,
    `    <image><width>${width}</width><height>${height}</height><format>R8G8B8</format></image>`,
    '    <clip><near>0.02</near><far>10</far></clip>',
    '  </camera>',
    '</sensor>',
  ];
}

/** Lines moved to the right. */
export const indent = (lines, columns) => lines.map((line) => `${' '.repeat(columns)}${line}`);

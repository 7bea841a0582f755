/** Position actuators for the joints of a robot whose model has none: URDFs and models that are driven by torques. */
import type { MjSpec, MjsActuator, MjsElement, MjsJoint } from '@mujoco/mujoco';
import { ConfigError } from '../../config/config-error.js';
import { suggestion } from '../../config/nearest.js';
import type { JointSpec, RobotProfile } from '../../robot/profile.js';
import type { Mujoco, Physics } from './library.js';

/** Position error at which the default gain asks for the full effort: rad for a hinge, m for a slide. */
const fullEffortError = { hinge: 1 / 3, slide: 0.02 };
/** Natural frequency times time step that the default armature allows; explicit integration is stable below 2. */
const stiffestStep = 0.3;

/**
 * Gives each joint of the profile a position actuator called like the joint, unless the model already has one. Other
 * actuators on the joint alone (torque motors, velocity servos) give way to it. Gains are the profile's `stiffness` and
 * `damping`; without them the stiffness reaches the joint's effort limit at an error of 1/3 rad (20 mm), and damping is
 * critical for the inertia at the model's reference pose. A joint without armature gets the least that keeps its
 * stiffness integrable at the model's time step.
 * @throws ConfigError naming the profile and its key if the model lacks a joint or it has more than one degree of freedom
 */
export function addPositionActuators(mj: Mujoco, spec: MjSpec, robot: RobotProfile, modelFile: string): void {
  const drives = actuatorsByJoint(mj, spec);
  for (const joint of robot.joints) {
    const present = drives.get(joint.name) ?? [];
    if (present.some(({ actuator }) => isPositionServo(mj, actuator))) continue;
    const target = findJoint(mj, spec, joint, robot, modelFile);
    for (const { element } of present) mj.mjs_delete(spec, element);
    addServo(mj, spec, joint, target);
  }
}

/** Whether an actuator's control is a position: force = kp * (control - position) - kv * velocity. */
function isPositionServo(mj: Mujoco, { gaintype, biastype, gainprm, biasprm }: MjsActuator): boolean {
  const gain = (gainprm as Float64Array)[0];
  return (
    gaintype.value === mj.mjtGain.mjGAIN_FIXED.value &&
    biastype.value === mj.mjtBias.mjBIAS_AFFINE.value &&
    gain > 0 &&
    (biasprm as Float64Array)[1] === -gain
  );
}

type Drive = { readonly element: MjsElement; readonly actuator: MjsActuator };

function actuatorsByJoint(mj: Mujoco, spec: MjSpec): Map<string, Drive[]> {
  const byJoint = new Map<string, Drive[]>();
  const kind = mj.mjtObj.mjOBJ_ACTUATOR;
  for (let element = mj.mjs_firstElement(spec, kind); element; element = mj.mjs_nextElement(spec, element)) {
    const actuator = mj.mjs_asActuator(element);
    if (actuator === undefined || actuator.trntype.value !== mj.mjtTrn.mjTRN_JOINT.value) continue;
    byJoint.set(actuator.target, [...(byJoint.get(actuator.target) ?? []), { element, actuator }]);
  }
  return byJoint;
}

function findJoint(
  mj: Mujoco,
  spec: MjSpec,
  { name }: JointSpec,
  robot: RobotProfile,
  modelFile: string,
): MjsJoint {
  const key = `joints.${name}`;
  const element = mj.mjs_findElement(spec, mj.mjtObj.mjOBJ_JOINT, name);
  const joint = element && mj.mjs_asJoint(element);
  if (joint) {
    const { mjJNT_HINGE, mjJNT_SLIDE } = mj.mjtJoint;
    if (joint.type.value === mjJNT_HINGE.value || joint.type.value === mjJNT_SLIDE.value) return joint;
    throw new ConfigError(
      robot.file,
      key,
      `is no hinge or slide in the model ${modelFile}: it cannot be actuated`,
    );
  }
  const hint = suggestion(name, jointNames(mj, spec));
  throw new ConfigError(robot.file, key, `the model ${modelFile} has no joint ${name}${hint}`);
}

function jointNames(mj: Mujoco, spec: MjSpec): string[] {
  const names: string[] = [];
  const kind = mj.mjtObj.mjOBJ_JOINT;
  for (let element = mj.mjs_firstElement(spec, kind); element; element = mj.mjs_nextElement(spec, element))
    names.push(mj.mjs_getName(element));
  return names;
}

function addServo(mj: Mujoco, spec: MjSpec, joint: JointSpec, target: MjsJoint): void {
  const slide = target.type.value === mj.mjtJoint.mjJNT_SLIDE.value;
  const stiffness = joint.stiffness ?? joint.effort / (slide ? fullEffortError.slide : fullEffortError.hinge);
  const base = mj.mjs_getSpecDefault(spec);
  const actuator = base && mj.mjs_addActuator(spec, base);
  if (!actuator) throw new Error(`MuJoCo adds no actuator for ${joint.name}`);
  mj.mjs_setName(actuator.element, joint.name);
  actuator.target = joint.name;
  actuator.trntype = mj.mjtTrn.mjTRN_JOINT;
  // The model's defaults may be meant for motors or muscles.
  actuator.dyntype = mj.mjtDyn.mjDYN_NONE;
  (actuator.gear as Float64Array).fill(0)[0] = 1;
  actuator.inheritrange = 0;
  actuator.gaintype = mj.mjtGain.mjGAIN_FIXED;
  actuator.biastype = mj.mjtBias.mjBIAS_AFFINE;
  (actuator.gainprm as Float64Array).fill(0)[0] = stiffness;
  // MuJoCo takes a positive biasprm[2] as a ratio of critical damping, a negative one as the gain itself.
  (actuator.biasprm as Float64Array)
    .fill(0)
    .set([0, -stiffness, joint.damping === undefined ? 1 : -joint.damping]);
  actuator.ctrllimited = mj.mjtLimited.mjLIMITED_TRUE;
  (actuator.ctrlrange as Float64Array).set([joint.lower, joint.upper]);
  actuator.forcelimited = mj.mjtLimited.mjLIMITED_TRUE;
  (actuator.forcerange as Float64Array).set([-joint.effort, joint.effort]);
  if (target.armature === 0) target.armature = stiffness * (spec.option.timestep / stiffestStep) ** 2;
}

/**
 * Id of the actuator that takes positions for a joint, whatever its name.
 * @throws ConfigError naming `file` if none drives that joint alone
 */
export function positionActuator({ mj, model }: Physics, joint: string, file: string): number {
  const id = mj.mj_name2id(model, mj.mjtObj.mjOBJ_JOINT.value, joint);
  const types = model.actuator_trntype as Int32Array;
  const targets = model.actuator_trnid as Int32Array;
  const gains = model.actuator_gainprm as Float64Array;
  const biases = model.actuator_biasprm as Float64Array;
  const [gainWidth, biasWidth] = [gains.length / model.nu, biases.length / model.nu];
  for (let i = 0; i < model.nu; i++) {
    const drives = types[i] === mj.mjtTrn.mjTRN_JOINT.value && targets[2 * i] === id && id >= 0;
    if (drives && gains[gainWidth * i] > 0 && biases[biasWidth * i + 1] === -gains[gainWidth * i]) return i;
  }
  throw new ConfigError(file, joint, 'the model has no position actuator on that joint');
}

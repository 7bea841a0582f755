/** The simulated robot and its scene: seeded resets, control steps, and what a robot's sensors would say. */
import { ConfigError } from '../config/config-error.js';
import type { TrackedFrame } from '../robot/tracked-frames.js';
import { Joints, PhysicsError, type JointTargets } from './joints.js';
import { modelNames } from './model-names.js';
import { disposePhysics, loadPhysics, type Physics } from './mujoco.js';
import { placeOfFrame, PlaceReader } from './places.js';
import { drawPlacements, type PlacedObject } from './placement.js';
import { checkProfileAgainstModel } from './profile-check.js';
import { seededRandom } from './random.js';
import { emptyDomain, type Domain } from './randomisation/domain.js';
import { Randomisation } from './randomisation/randomisation.js';
import type { Readings } from './randomisation/sensor-model.js';
import { randomisedScene } from './randomisation/task-scene.js';
import { Scene } from './scene.js';
import type { SceneNames, SceneState } from './scene-state.js';
import type { Frames, Task, Variant } from './task.js';

export { PhysicsError, type JointTargets } from './joints.js';

export type ResetOptions = {
  /** Apply the task's randomisation, drawn from the seed. */
  readonly randomise?: boolean;
  /** Apply this domain instead, for example one out of a bag. */
  readonly domain?: Domain;
};

export class World {
  readonly #joints: Joints;
  readonly #reader: PlaceReader;
  readonly #scene: Scene;
  readonly #randomisation: Randomisation;
  #domain: Domain = emptyDomain;
  #variant = 0;
  #placements: readonly PlacedObject[] = [];
  /** what was commanded last, rad; what is executed may be late and off */
  #commanded: Float64Array;
  /** what the sensors say of the present state, made once */
  #readings: Readings | undefined;
  #pendingSeconds = 0;

  private constructor(
    readonly task: Task,
    /** Model and state, for cameras: read only. */
    readonly physics: Physics,
  ) {
    this.#joints = new Joints(physics, task.robot, task.model);
    this.#commanded = this.#joints.home;
    this.#reader = new PlaceReader(physics);
    this.#scene = new Scene(physics, this.#reader, task.robot, task.frames, task.file);
    this.#randomisation = new Randomisation(task.randomisation ?? {}, physics, randomisedScene(task));
  }

  /**
   * Compiles the task's model. The world is at its reset for seed 0.
   * @throws ConfigError if the model is missing or malformed, or what profile or task name is not in it
   */
  static async create(task: Task): Promise<World> {
    const physics = await loadPhysics(task.model, { robot: task.robot });
    try {
      checkProfileAgainstModel(task.robot, physics, task.model);
      checkRate(task, physics.model.opt.timestep);
      checkVariants(task, physics);
      checkCameras(task, physics);
      const world = new World(task, physics);
      world.reset(0);
      return world;
    } catch (error) {
      disposePhysics(physics);
      throw error;
    }
  }

  /** Names of the actuated joints, in the order of all joint vectors. */
  get joints(): readonly string[] {
    return this.#joints.names;
  }

  /**
   * Robot at home, objects at places drawn from `seed`, all at rest, time 0. The same seed gives the same bits, and the
   * same places with and without randomisation.
   */
  reset(seed: number, { randomise = false, domain }: ResetOptions = {}): void {
    const { mj, model, data, steps } = this.physics;
    const drawn = domain ?? (randomise ? this.#randomisation.draw(seed) : undefined);
    this.#domain = drawn ?? emptyDomain;
    this.#randomisation.begin(drawn);
    mj.mj_resetData(model, data);
    this.#commanded = this.#joints.home;
    this.#joints.place(this.#randomisation.sensors.executed(this.#commanded));
    this.#placeObjects(seed);
    this.#pendingSeconds = 0;
    const { settle_steps } = this.task.reset;
    steps.advance(settle_steps * this.task.substeps);
    this.#refresh();
    data.time = 0;
    this.#randomisation.cameras.start();
    this.#scene.settle();
  }

  /**
   * Advances one control period.
   * @throws PhysicsError if a target is not finite (the state is unchanged) or the state stops being finite
   * @throws RangeError if a vector of targets has the wrong length or a name is not a joint of the robot
   */
  step(targets: JointTargets): void {
    this.command(targets);
    this.#substeps(this.task.substeps);
  }

  /** Sets joint targets without advancing; they hold until the next command. Errors as `step`. */
  command(targets: JointTargets): void {
    this.#commanded = this.#joints.withTargets(this.#commanded, targets);
    const { sensors, delay } = this.#randomisation;
    delay.push(sensors.executed(this.#commanded));
  }

  /** Advances by `seconds` in whole physics steps; the remainder is carried to the next call. Errors as `step`. */
  advance(seconds: number): void {
    const { timestep } = this.physics.model.opt;
    this.#pendingSeconds += seconds;
    const count = Math.floor(this.#pendingSeconds / timestep + 1e-9);
    this.#pendingSeconds -= count * timestep;
    this.#substeps(count);
  }

  /** Puts joints where a robot has them, rad by name, without time passing: for `frames` by forward kinematics. */
  placeJoints(positions: ReadonlyMap<string, number>): void {
    this.#joints.placeNamed(positions);
    this.#refresh();
  }

  /** Simulated time since the reset, s. */
  time(): number {
    return this.physics.data.time;
  }

  /** Measured positions of the actuated joints, rad. */
  jointPositions(): Float64Array {
    return this.#sense().positions;
  }

  /** Measured velocities of the actuated joints, rad/s. */
  jointVelocities(): Float64Array {
    return this.#sense().velocities;
  }

  /** Torques that the actuators exert, without gravity compensation, N m. */
  jointEfforts(): Float64Array {
    return this.#joints.efforts();
  }

  /** What trackers say: the task's frames by name, in the world frame. */
  frames(): ReadonlyMap<string, TrackedFrame> {
    return this.#sense().frames;
  }

  /**
   * The state that an image of a camera shows now: the present one, or an earlier one where the domain has the camera late.
   * Read it before the next call.
   */
  seenBy(camera: string): Physics['data'] {
    return this.#randomisation.cameras.seenBy(camera);
  }

  /** The scene as expressions see it, which is the truth; it stays the same object. */
  get scene(): SceneState {
    return this.#scene;
  }

  /** The names that expressions may use. */
  get names(): SceneNames {
    return this.#scene.names;
  }

  /** Where the last reset put the objects, before they settled. */
  get placements(): readonly PlacedObject[] {
    return this.#placements;
  }

  /** Name of the variant in play; empty if the task has none. */
  get variant(): string {
    return this.task.variants[this.#variant]?.name ?? '';
  }

  /** What randomisation applies; empty without it. */
  get domain(): Domain {
    return this.#domain;
  }

  /** A domain out of a bag, for `reset`. @throws ConfigError for a name that this simulation does not know */
  recordedDomain(names: readonly string[], values: ArrayLike<number>): Domain {
    return this.#randomisation.recorded(names, values);
  }

  /** Frees the simulation's memory. The world must not be used afterwards. */
  dispose(): void {
    this.#reader.dispose();
    this.#randomisation.cameras.dispose();
    disposePhysics(this.physics);
  }

  #placeObjects(seed: number): void {
    const { task, physics } = this;
    const random = seededRandom(seed);
    const kinds = task.variants.length;
    this.#variant = kinds < 2 ? 0 : Math.floor(random() * kinds);
    if (kinds > 1) this.#scene.useFrames(task.variants[this.#variant].frames, task.file);
    const qpos = physics.data.qpos as Float64Array;
    this.#placements = drawPlacements(task, random);
    for (const { frame, x, y, yaw } of this.#placements) {
      const place = this.#scene.frames.get(frame);
      if (place?.kind !== 'free') continue;
      const address = place.qpos;
      qpos[address] = x;
      qpos[address + 1] = y;
      qpos.set([Math.cos(yaw / 2), 0, 0, Math.sin(yaw / 2)], address + 3);
    }
  }

  #substeps(count: number): void {
    const { steps } = this.physics;
    const { delay, cameras } = this.#randomisation;
    let alike = 0;
    for (let i = 0; i < count; i++) {
      const targets = delay.next();
      if (targets !== undefined) {
        steps.advance(alike);
        alike = 0;
        this.#joints.drive(targets);
      }
      alike++;
      if (!cameras.areLate) continue;
      steps.advance(alike);
      alike = 0;
      cameras.record();
    }
    steps.advance(alike);
    this.#refresh();
  }

  /** @throws PhysicsError if the state is not finite */
  #refresh(): void {
    const { mj, model, data } = this.physics;
    this.#readings = undefined;
    this.#scene.refresh();
    // Poses of bodies, sites, cameras and lights lag one physics step behind the joints until they are computed again.
    mj.mj_kinematics(model, data);
    mj.mj_camlight(model, data);
    for (const value of data.qvel as Float64Array) {
      if (!Number.isFinite(value))
        throw new PhysicsError(
          `simulation of ${this.task.name} is not finite at t = ${data.time.toFixed(3)} s`,
        );
    }
  }

  /** Noise is drawn once per state. */
  #sense(): Readings {
    this.#readings ??= this.#randomisation.sensors.measure({
      positions: this.#joints.positions(),
      velocities: this.#joints.velocities(),
      frames: new Map(
        Array.from(this.#scene.frames, ([name, place]) => [name, this.#reader.tracked(place)] as const),
      ),
    });
    return this.#readings;
  }
}

function checkRate(task: Task, timestep: number): void {
  const rate = 1 / (task.substeps * timestep);
  if (Math.abs(rate / task.control_rate_hz - 1) > 1e-6)
    throw new ConfigError(
      task.file,
      'control_rate_hz',
      `is ${task.control_rate_hz}, but ${task.substeps} substeps of ${timestep} s make ${rate}`,
    );
}

/** Every frame of every variant is in the model, and what a reset places is free to move. */
function checkVariants({ file, frames, variants, reset }: Task, physics: Physics): void {
  const kinds = variants.length === 0 ? [{ key: 'frames', frames }] : variants.map(keyedFrames);
  for (const kind of kinds) {
    for (const [name, spec] of Object.entries(kind.frames)) {
      const key = `${kind.key}.${name}`;
      const place = placeOfFrame(physics, spec, file, key);
      if (Object.hasOwn(reset.objects, name) && place.kind !== 'free')
        throw new ConfigError(file, key, 'an object that is placed needs a free joint');
    }
  }
}

function checkCameras({ file, cameras }: Task, physics: Physics): void {
  const known = modelNames(physics, 'camera');
  cameras.forEach(({ name }, i) => {
    if (known.includes(name)) return;
    const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw new ConfigError(file, `cameras.${i}.name`, `the model has no camera ${name}; ${list}`);
  });
}

function keyedFrames({ frames }: Variant, i: number): { readonly key: string; readonly frames: Frames } {
  return { key: `variants.${i}.frames`, frames };
}

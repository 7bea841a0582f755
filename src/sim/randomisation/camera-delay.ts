/** Cameras whose images are late: what a simulation looked like some physics steps ago. */
import type { MjData } from '@mujoco/mujoco';
import { modelNames } from '../model-names.js';
import type { Physics } from '../mujoco.js';
import { delaySteps } from './command-delay.js';
import { domainValue, type Domain } from './domain.js';

/** Generalised positions of the last physics steps. */
export class PositionHistory {
  #rows: Float64Array[] = [];
  #latest = 0;

  /** Forgets everything. @param first stands for all that was before it (copied) @param depth how many steps back `ago` reaches */
  start(first: Float64Array, depth: number): void {
    this.#rows = Array.from({ length: depth + 1 }, () => first.slice());
    this.#latest = 0;
  }

  /** Takes the positions (copied) after a physics step. */
  push(positions: Float64Array): void {
    this.#latest = (this.#latest + 1) % this.#rows.length;
    this.#rows[this.#latest].set(positions);
  }

  /**
   * The positions so many steps before the latest ones.
   * @throws RangeError for more steps than the history is deep
   */
  ago(steps: number): Float64Array {
    const { length } = this.#rows;
    if (!(steps >= 0 && steps < length))
      throw new RangeError(`${steps} steps ago, in a history of ${length - 1}`);
    return this.#rows[(this.#latest - steps + length) % length];
  }
}

/**
 * The states that late cameras show. Per episode: `reset`, and `start` once everything is in its place; then `record` after each
 * physics step. Positions alone are kept, and only where a camera is late; what follows from them is computed for an image.
 */
export class CameraDelays {
  readonly #cameras: readonly string[];
  readonly #history = new PositionHistory();
  /** physics steps, by camera that is late */
  #steps: ReadonlyMap<string, number> = new Map();
  #past: MjData | undefined;

  constructor(private readonly physics: Physics) {
    this.#cameras = modelNames(physics, 'camera');
  }

  /** Takes the delays of a domain, rounded to physics steps. */
  reset(domain: Domain): void {
    const { timestep } = this.physics.model.opt;
    const delays = this.#cameras.map(
      (name) => [name, delaySteps(domainValue(domain, `camera.${name}.delay`, 0), timestep)] as const,
    );
    this.#steps = new Map(delays.filter(([, steps]) => steps > 0));
  }

  /** The present state is the first, and stands for all before it. */
  start(): void {
    if (this.#steps.size === 0) return;
    this.#history.start(this.physics.data.qpos as Float64Array, Math.max(...this.#steps.values()));
  }

  /** Whether a camera is late, so that every physics step has to be recorded. */
  get areLate(): boolean {
    return this.#steps.size > 0;
  }

  record(): void {
    if (this.areLate) this.#history.push(this.physics.data.qpos as Float64Array);
  }

  /** The state that an image of a camera shows now: poses of bodies, geoms, cameras and lights. The next call may change it. */
  seenBy(camera: string): MjData {
    const { mj, model, data } = this.physics;
    const steps = this.#steps.get(camera);
    if (steps === undefined) return data;
    this.#past ??= new mj.MjData(model);
    (this.#past.qpos as Float64Array).set(this.#history.ago(steps));
    mj.mj_kinematics(model, this.#past);
    mj.mj_comPos(model, this.#past); // cameras that track a centre of mass read it
    mj.mj_camlight(model, this.#past);
    return this.#past;
  }

  /** Frees the memory of past states. */
  dispose(): void {
    this.#past?.delete();
  }
}

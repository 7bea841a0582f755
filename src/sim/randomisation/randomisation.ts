/** All of a task's randomisation in one place, for a world to hold. */
import type { Physics } from '../mujoco.js';
import { CameraDelays } from './camera-delay.js';
import { CommandDelay, delaySteps } from './command-delay.js';
import { compileRandomisation, type RandomisedScene } from './compile.js';
import {
  domainFrom,
  domainValue,
  drawDomain,
  emptyDomain,
  type CompiledRandomisation,
  type Domain,
} from './domain.js';
import { DomainModel } from './domain-model.js';
import { SensorModel } from './sensor-model.js';
import type { RandomisationSpec } from './spec.js';

export class Randomisation {
  readonly sensors: SensorModel;
  readonly delay = new CommandDelay();
  readonly cameras: CameraDelays;
  readonly #compiled: CompiledRandomisation;
  readonly #model: DomainModel;
  readonly #timestep: number;
  #nominal = true;

  /**
   * @param spec the task file's section; {} draws nothing
   * @throws ConfigError as `compileRandomisation`
   */
  constructor(spec: RandomisationSpec, physics: Physics, scene: RandomisedScene) {
    this.#compiled = compileRandomisation(spec, physics, scene);
    this.#model = new DomainModel(physics, scene);
    this.#timestep = physics.model.opt.timestep;
    this.cameras = new CameraDelays(physics);
    this.sensors = new SensorModel(scene.joints, [...scene.frames.keys()]);
  }

  /** The domain that an episode's seed means. */
  draw(seed: number): Domain {
    return drawDomain(this.#compiled, seed);
  }

  /** A recorded domain. Errors as `domainFrom`. */
  recorded(names: readonly string[], values: ArrayLike<number>): Domain {
    return domainFrom(names, values, this.#model.names);
  }

  /**
   * Makes model, sensors and delays those of an episode. Call it before the reset's own `mj_resetData`.
   * @param domain undefined for the nominal simulation, which is exactly what it is without randomisation
   * @throws ConfigError for a name that the scene does not know
   */
  begin(domain: Domain | undefined): void {
    if (domain !== undefined) this.#model.apply(domain);
    else if (!this.#nominal) this.#model.restore();
    this.#nominal = domain === undefined;
    this.sensors.reset(domain);
    this.cameras.reset(domain ?? emptyDomain);
    this.delay.reset(delaySteps(domainValue(domain ?? emptyDomain, 'latency', 0), this.#timestep));
  }
}

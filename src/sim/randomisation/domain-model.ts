/** Domains applied to a live model. */
import { ConfigError } from '../../config/config-error.js';
import type { Physics } from '../mujoco.js';
import { modelNames } from '../model-names.js';
import type { RandomisedScene } from './compile.js';
import { noiseSeedName, type Domain } from './domain.js';
import { modelEffects, type Effect } from './effects.js';
import { NominalModel } from './nominal-model.js';

/** Sets a model's masses, friction, gains, cameras, lights, colours and patterns from domains. */
export class DomainModel {
  /** Every name that a domain of this scene may have. */
  readonly names: readonly string[];
  readonly #effects: ReadonlyMap<string, Effect>;
  readonly #others: ReadonlySet<string>;
  readonly #nominal: NominalModel;
  /** whether derived constants belong to other than nominal values */
  #derived = false;

  /** Takes the model's present values as nominal. */
  constructor(
    private readonly physics: Physics,
    scene: Pick<RandomisedScene, 'frames' | 'joints'>,
  ) {
    this.#nominal = new NominalModel(physics);
    this.#effects = modelEffects(physics);
    this.#others = new Set(sensorNames(scene, modelNames(physics, 'camera')));
    this.names = [...this.#effects.keys(), ...this.#others];
  }

  /**
   * Makes the model nominal and then applies the domain, in its order. Call it before the reset: the state becomes
   * that of `mj_resetData`. What sensors and delays read from the domain is not applied here.
   * @throws ConfigError for a name that the scene does not know (the model is nominal then)
   */
  apply({ names, values }: Domain): void {
    const unknown = names.find((name) => !this.#effects.has(name) && !this.#others.has(name));
    const arrays = this.#nominal.restore();
    let derived = false;
    if (unknown === undefined) {
      names.forEach((name, i) => {
        const effect = this.#effects.get(name);
        effect?.change(arrays, values[i]);
        derived ||= effect?.derived ?? false;
      });
    }
    this.#settle(derived);
    if (unknown !== undefined) throw new ConfigError('domain', unknown, 'the simulation has no such number');
  }

  /** Makes the model nominal again, to the bit. The state becomes that of `mj_resetData`. */
  restore(): void {
    this.#nominal.restore();
    this.#settle(false);
  }

  #settle(derived: boolean): void {
    const { mj, model, data, steps } = this.physics;
    steps.modelChanged();
    if (derived || this.#derived) {
      mj.mj_setConst(model, data);
      this.#nominal.restoreStatistics();
    }
    this.#derived = derived;
    mj.mj_resetData(model, data);
  }
}

function sensorNames(
  { frames, joints }: Pick<RandomisedScene, 'frames' | 'joints'>,
  cameras: readonly string[],
): string[] {
  return [
    'latency',
    ...joints.map((joint) => `joint_offset.${joint}`),
    'noise.joint_position',
    'noise.joint_velocity',
    ...[...frames.keys()].flatMap((frame) =>
      ['position', 'rotation', 'velocity', 'angular_velocity'].map((part) => `noise.${frame}.${part}`),
    ),
    noiseSeedName,
    ...cameras.map((camera) => `camera.${camera}.delay`),
  ];
}

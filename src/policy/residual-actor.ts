/** The residual actor: a small network that corrects the base action by at most `action_scale` (ResFiT, section 3). */
import {
  compileSteps,
  mlpForward,
  mlpInitial,
  mlpSignature,
  tf,
  type CompileOptions,
  type MlpShape,
  type Random,
  type Signature,
  type Stepper,
  type Tensor,
  type Values,
} from '../engine/index.js';
import type { Manifest } from './manifest.js';
import { residualNumbers, type ResidualInput, type ResidualView } from './residual-input.js';

/** Prefix of the actor's tensors in states, checkpoints and policy updates. */
export const actorPrefix = 'actor';

/** Sizes of what the actor sees and does. */
export type ActorShape = {
  readonly input_size: number;
  readonly action_size: number;
  readonly hidden_size: number;
};

/** The actor's network: observation, base action and place in the chunk in; one number per joint out. */
export function actorNetwork({ input_size, action_size, hidden_size }: ActorShape): MlpShape {
  return {
    inputs: input_size + action_size + 1,
    hidden: [hidden_size, hidden_size],
    outputs: action_size,
    layerNorm: true,
  };
}

/** Initial weights. The last layer is zero, so the first policy is exactly the base policy. */
export function initialActor(shape: ActorShape, random: Random): Values {
  return mlpInitial(actorPrefix, actorNetwork(shape), random, { zeroLast: true });
}

/** Names and shapes of the actor's tensors. */
export function actorSignature(shape: ActorShape): Signature {
  return mlpSignature(actorPrefix, actorNetwork(shape));
}

/**
 * The residual in units of its bound.
 * @param params tensors of `actorSignature`, under `prefix`
 * @param input [batch, input_size]; `base` [batch, action_size] normalised; `place` [batch, 1]
 * @returns [batch, action_size] in (-1, 1)
 */
export function residualDirection(
  params: Record<string, Tensor>,
  shape: ActorShape,
  input: Tensor,
  base: Tensor,
  place: Tensor,
  prefix = actorPrefix,
): Tensor {
  return tf.tanh(mlpForward(prefix, actorNetwork(shape), params, tf.concat([input, base, place], 1)));
}

/** The actor's tensors among those of a learner's state. */
export function actorWeights(tensors: Values): Values {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith(`${actorPrefix}/`)));
}

/** Finds the shape of the actor whose weights these are. @throws Error if they are not those of a residual actor. */
export function actorShapeOf(
  sizes: Readonly<Record<string, number>>,
  input_size: number,
  action_size: number,
): ActorShape {
  const hidden_size = sizes[`${actorPrefix}/layer0/bias`] ?? 0;
  const shape = { input_size, action_size, hidden_size };
  const signature = Object.entries(actorSignature(shape));
  const fits = signature.every(([name, spec]) => sizes[name] === spec.shape.reduce((a, b) => a * b, 1));
  if (hidden_size > 0 && fits && signature.length === Object.keys(sizes).length) return shape;
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  throw new Error(
    `no residual actor with ${input_size} inputs and ${action_size} joints has these ${total} weights`,
  );
}

/** The actor in use: one observation in, one residual out. */
export class ResidualActor {
  private constructor(
    private readonly stepper: Stepper,
    readonly shape: ActorShape,
  ) {}

  static async create(
    shape: ActorShape,
    weights: Values,
    options: CompileOptions = {},
  ): Promise<ResidualActor> {
    const { input_size, action_size } = shape;
    const feeds = {
      input: { shape: [1, input_size] },
      base: { shape: [1, action_size] },
      place: { shape: [1, 1] },
    };
    const act = (tensors: Record<string, Tensor>): Record<string, Tensor> => ({
      direction: residualDirection(tensors, shape, tensors.input, tensors.base, tensors.place),
    });
    const stepper = await compileSteps({ act }, actorSignature(shape), { act: feeds }, weights, options);
    return new ResidualActor(stepper, shape);
  }

  /**
   * An actor for a base policy, its hidden size found from the weights.
   * @param manifest of the base policy that the weights belong to
   * @throws Error if they are not those of a residual actor with its inputs and joints
   */
  static ofWeights(
    manifest: Manifest,
    view: ResidualView,
    weights: Values,
    options: CompileOptions = {},
  ): Promise<ResidualActor> {
    const sizes = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, values.length]));
    const shape = actorShapeOf(sizes, residualNumbers(manifest, view), manifest.action.joints.length);
    return ResidualActor.create(shape, weights, options);
  }

  /**
   * Takes other weights from the next call on.
   * @throws Error, keeping the old ones, if a tensor is missing, a size differs or a value is not finite.
   */
  setWeights(weights: Values): void {
    const missing = Object.keys(actorSignature(this.shape)).filter((name) => !(name in weights));
    if (missing.length > 0) throw new Error(`weights lack ${missing.join(', ')}`);
    this.stepper.write(weights);
  }

  /** The residual for one observation, in units of its bound, each in [-1, 1]. */
  async direction({ numbers }: ResidualInput, base: Float32Array, place: number): Promise<Float32Array> {
    const { direction } = await this.stepper.step('act', {
      input: numbers,
      base,
      place: Float32Array.of(place),
    });
    return direction;
  }

  dispose(): Promise<void> {
    return this.stepper.dispose();
  }
}

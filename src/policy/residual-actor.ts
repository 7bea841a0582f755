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
  type VitShape,
} from '../engine/index.js';
import {
  encodedSize,
  encoderPrefix,
  encoderSignature,
  imageEncoders,
  imageFeeds,
  imageValues,
  initialEncoder,
  withImages,
} from './image-encoder.js';
import type { Manifest } from './manifest.js';
import { residualImages, residualNumbers, type ResidualInput, type ResidualView } from './residual-input.js';

/** Prefix of the actor's tensors in states, checkpoints and policy updates. */
export const actorPrefix = 'actor';

/** Sizes of what the actor sees and does. */
export type ActorShape = {
  /** numbers, the images not counted */
  readonly input_size: number;
  readonly action_size: number;
  readonly hidden_size: number;
  /** whether hidden layers are normalised */
  readonly layer_norm: boolean;
  /** one a camera; empty where the residual sees no images */
  readonly encoders: readonly VitShape[];
};

/** The shape of an actor that sees what a base policy sees, by `view`. */
export function actorShape(
  manifest: Manifest,
  view: ResidualView,
  { hidden_size, layer_norm }: Pick<ActorShape, 'hidden_size' | 'layer_norm'>,
): ActorShape {
  return {
    input_size: residualNumbers(manifest, view),
    action_size: manifest.action.joints.length,
    hidden_size,
    layer_norm,
    encoders: imageEncoders(residualImages(manifest, view)),
  };
}

/** What networks see beside base action and place: the numbers, and what the encoders make of the images. */
export function seenSize({ input_size, encoders }: ActorShape): number {
  return input_size + encodedSize(encoders);
}

/** The actor's network: what is seen, base action and place in the chunk in; one number per joint out. */
export function actorNetwork(shape: ActorShape): MlpShape {
  const { action_size, hidden_size } = shape;
  return {
    inputs: seenSize(shape) + action_size + 1,
    hidden: [hidden_size, hidden_size],
    outputs: action_size,
    layerNorm: shape.layer_norm,
  };
}

/** An actor without layer norm has names of its own: its weights have the sizes of one with it, and mean another policy. */
function layersPrefix(prefix: string, { layer_norm }: Pick<ActorShape, 'layer_norm'>): string {
  return layer_norm ? prefix : `${prefix}/plain`;
}

/** Initial weights. The last layer is zero, so the first policy is exactly the base policy. */
export function initialActor(shape: ActorShape, random: Random): Values {
  return mlpInitial(layersPrefix(actorPrefix, shape), actorNetwork(shape), random, { zeroLast: true });
}

/** Weights of the encoders that actor and critics share, if there are any. */
export function initialTrunk({ encoders }: ActorShape, random: Random): Values {
  return initialEncoder(encoders, random);
}

/** Names and shapes of what is needed to act: the actor and the encoders. */
export function actingSignature(shape: ActorShape): Signature {
  return { ...encoderSignature(shape.encoders), ...actorSignature(shape) };
}

/** Names and shapes of the actor's tensors. */
export function actorSignature(shape: ActorShape): Signature {
  return mlpSignature(layersPrefix(actorPrefix, shape), actorNetwork(shape));
}

/**
 * The residual in units of its bound.
 * @param params tensors of `actorSignature`, under `prefix`
 * @param seen [batch, seenSize]; `base` [batch, action_size] normalised; `place` [batch, 1]
 * @returns [batch, action_size] in (-1, 1)
 */
export function residualDirection(
  params: Record<string, Tensor>,
  shape: ActorShape,
  seen: Tensor,
  base: Tensor,
  place: Tensor,
  prefix = actorPrefix,
): Tensor {
  const input = tf.concat([seen, base, place], 1);
  return tf.tanh(mlpForward(layersPrefix(prefix, shape), actorNetwork(shape), params, input));
}

/** What is needed to act among the tensors of a learner's state: the actor's and the encoders'. */
export function actorWeights(tensors: Values): Values {
  const prefixes = [`${actorPrefix}/`, `${encoderPrefix}/`];
  return Object.fromEntries(
    Object.entries(tensors).filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix))),
  );
}

/** Finds the shape of the actor whose weights these are. @throws Error if they are not those of a residual actor. */
export function actorShapeOf(
  sizes: Readonly<Record<string, number>>,
  input_size: number,
  action_size: number,
  encoders: readonly VitShape[] = [],
): ActorShape {
  const biasSize = (layer_norm: boolean): number | undefined =>
    sizes[`${layersPrefix(actorPrefix, { layer_norm })}/layer0/bias`];
  const layer_norm = biasSize(false) === undefined;
  const hidden_size = biasSize(layer_norm) ?? 0;
  const shape = { input_size, action_size, hidden_size, layer_norm, encoders };
  const signature = Object.entries(actingSignature(shape));
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
    const { input_size, action_size, encoders } = shape;
    const feeds = {
      input: { shape: [1, input_size] },
      base: { shape: [1, action_size] },
      place: { shape: [1, 1] },
      ...imageFeeds(encoders, 1),
    };
    const act = (tensors: Record<string, Tensor>): Record<string, Tensor> => {
      const seen = withImages(tensors, encoders, tensors.input, tensors);
      return { direction: residualDirection(tensors, shape, seen, tensors.base, tensors.place) };
    };
    const stepper = await compileSteps({ act }, actingSignature(shape), { act: feeds }, weights, options);
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
    const encoders = imageEncoders(residualImages(manifest, view));
    const numbers = residualNumbers(manifest, view);
    const shape = actorShapeOf(sizes, numbers, manifest.action.joints.length, encoders);
    return ResidualActor.create(shape, weights, options);
  }

  /**
   * Takes other weights from the next call on.
   * @throws Error, keeping the old ones, if a tensor is missing, a size differs or a value is not finite.
   */
  setWeights(weights: Values): void {
    const missing = Object.keys(actingSignature(this.shape)).filter((name) => !(name in weights));
    if (missing.length > 0) throw new Error(`weights lack ${missing.join(', ')}`);
    this.stepper.write(weights);
  }

  /** The residual for one observation, in units of its bound, each in [-1, 1]. */
  async direction(
    { numbers, images }: ResidualInput,
    base: Float32Array,
    place: number,
  ): Promise<Float32Array> {
    const pixels = images.map((bytes) => new Float32Array(bytes));
    const feeds = { input: numbers, base, place: Float32Array.of(place), ...imageValues(pixels) };
    const { direction } = await this.stepper.step('act', feeds);
    return direction;
  }

  dispose(): Promise<void> {
    return this.stepper.dispose();
  }
}

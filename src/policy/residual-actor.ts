/** The residual actor: a small network that corrects the base action by at most `action_scale` (ResFiT, section 3). */
import {
  mlpForward,
  mlpInitial,
  mlpSignature,
  tf,
  type MlpShape,
  type Random,
  type Signature,
  type Tensor,
  type Values,
  type VitShape,
} from '../engine/index.js';
import { encodedSize, imageEncoders, initialEncoder } from './image-encoder.js';
import type { Manifest } from './manifest.js';
import { residualImages, residualNumbers, type ResidualView } from './residual-input.js';

/** Prefix of the actor's tensors in states, checkpoints and policy updates. */
export const actorPrefix = 'actor';

/** Prefix of its Polyak average in states and checkpoints: the critics' target, and the actor that acts. */
export const targetActorPrefix = 'target_actor';

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
export function layersPrefix(prefix: string, { layer_norm }: Pick<ActorShape, 'layer_norm'>): string {
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

/** The heads of the pairwise critic: how far it is from one moment to another, and whether a moment looks done. */
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
} from '../../engine/index.js';
import { embeddingSize, frameInitial, frameSignature, type FrameNetwork } from './frame-network.js';

export type PairNetwork = { readonly frame: FrameNetwork; readonly hop: MlpShape; readonly done: MlpShape };

/** @param heads of each kind: their disagreement is part of the uncertainty */
export function pairNetwork(frame: FrameNetwork, hidden: number, heads: number): PairNetwork {
  const width = embeddingSize(frame);
  const head = { hidden: [hidden], outputs: 1, layerNorm: false, heads };
  return { frame, hop: { ...head, inputs: 2 * width }, done: { ...head, inputs: width } };
}

export function pairSignature({ frame, hop, done }: PairNetwork): Signature {
  return { ...frameSignature(frame), ...mlpSignature('hop', hop), ...mlpSignature('done', done) };
}

export function pairInitial({ frame, hop, done }: PairNetwork, random: Random): Values {
  const options = { initialiser: 'he' } as const;
  return {
    ...frameInitial(frame, random),
    ...mlpInitial('hop', hop, random, options),
    ...mlpInitial('done', done, random, options),
  };
}

/**
 * Hops in [-1, 1], one per head and pair: [heads, pairs].
 * @param from @param to embeddings, [pairs, embedding]
 */
export function hops(
  params: Readonly<Record<string, Tensor>>,
  { hop }: PairNetwork,
  from: Tensor,
  to: Tensor,
): Tensor {
  return tf.tanh(tf.squeeze(mlpForward('hop', hop, params, tf.concat([from, to], 1)), [2]));
}

/** Logits of "looks done", one per head and moment: [heads, moments]. @param embeddings [moments, embedding] */
export function doneLogits(
  params: Readonly<Record<string, Tensor>>,
  { done }: PairNetwork,
  embeddings: Tensor,
): Tensor {
  return tf.squeeze(mlpForward('done', done, params, embeddings), [2]);
}

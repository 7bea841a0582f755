/** The heads of the stage classifier: which stages are over, and whether what is seen comes to the next one. */
import {
  mlpForward,
  mlpInitial,
  mlpSignature,
  type MlpShape,
  type Random,
  type Signature,
  type Tensor,
  type Values,
} from '../../engine/index.js';
import { embeddingSize, frameInitial, frameSignature, type FrameNetwork } from './frame-network.js';

export type StageNetwork = {
  readonly frame: FrameNetwork;
  readonly classifier: MlpShape;
  /** success is the last */
  readonly stages: number;
};

/** @param heads an ensemble: its disagreement is the uncertainty */
export function stageNetwork(
  frame: FrameNetwork,
  hidden: number,
  heads: number,
  stages: number,
): StageNetwork {
  const shape = { inputs: embeddingSize(frame), hidden: [hidden], outputs: 2 * stages, layerNorm: false };
  return { frame, classifier: { ...shape, heads }, stages };
}

export function stageSignature({ frame, classifier }: StageNetwork): Signature {
  return { ...frameSignature(frame), ...mlpSignature('stage', classifier) };
}

export function stageInitial({ frame, classifier }: StageNetwork, random: Random): Values {
  const options = { initialiser: 'he' } as const;
  return { ...frameInitial(frame, random), ...mlpInitial('stage', classifier, random, options) };
}

/**
 * Logits [heads, moments, 2 * stages]: first that more than k stages are over, then, of a moment in stage k, that its episode gets
 * beyond it (the discriminators of DrS, Mu et al. 2024, section 4.2), k = 0 .. stages - 1.
 * @param embeddings [moments, embedding]
 */
export function stageLogits(
  params: Readonly<Record<string, Tensor>>,
  { classifier }: StageNetwork,
  embeddings: Tensor,
): Tensor {
  return mlpForward('stage', classifier, params, embeddings);
}

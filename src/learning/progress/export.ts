/** Trained networks as the ONNX files of a learned critic's model. */
import {
  exportOnnx,
  tf,
  type Program,
  type Signature,
  type Tensor,
  type Values,
} from '../../engine/index.js';
import { embed, embeddingSize, frameFeeds } from '../../reward/progress/frame-network.js';
import { doneLogits, hops, pairSignature, type PairNetwork } from '../../reward/progress/pair-network.js';
import { stageLogits, stageSignature, type StageNetwork } from '../../reward/progress/stage-network.js';

/** Images of a moment in (`frameFeeds` with a batch of one), `embedding` [1, embedding] and `done` [heads], logits, out. */
export function exportFrame(weights: Values, network: PairNetwork): Uint8Array {
  const program: Program = (inputs) => {
    const params = constants(weights, pairSignature(network));
    const embedding = embed(params, network.frame, inputs);
    return { embedding, done: tf.reshape(doneLogits(params, network, embedding), [-1]) };
  };
  return exportOnnx(program, frameFeeds(network.frame, 1));
}

/**
 * `from` [references, embedding] and `to` [1, embedding] in; `hop` [heads, references], and from each of the goals, which the file
 * holds, `goal_hop` [heads, goals] out.
 */
export function exportHops(
  weights: Values,
  network: PairNetwork,
  goals: readonly Float32Array[],
  references: number,
): Uint8Array {
  const width = embeddingSize(network.frame);
  const program: Program = ({ from, to }) => {
    const params = constants(weights, pairSignature(network));
    const fixed = tf.tensor2d(
      goals.flatMap((goal) => [...goal]),
      [goals.length, width],
    );
    return {
      hop: hops(params, network, from, tf.tile(to, [references, 1])),
      goal_hop: hops(params, network, fixed, tf.tile(to, [goals.length, 1])),
    };
  };
  return exportOnnx(program, { from: { shape: [references, width] }, to: { shape: [1, width] } });
}

/** Images of a moment in; `stage` and `beyond` [heads, stages], and of the last stage `done` [heads], logits, out. */
export function exportStages(weights: Values, network: StageNetwork): Uint8Array {
  const { frame, classifier, stages } = network;
  const heads = classifier.heads ?? 1;
  const program: Program = (inputs) => {
    const params = constants(weights, stageSignature(network));
    const logits = stageLogits(params, network, embed(params, frame, inputs));
    const part = (begin: number, size: number): Tensor =>
      tf.reshape(tf.slice(logits, [0, 0, begin], [heads, 1, size]), [heads, size]);
    return {
      stage: part(0, stages),
      beyond: part(stages, stages),
      done: tf.reshape(part(stages - 1, 1), [heads]),
    };
  };
  return exportOnnx(program, frameFeeds(frame, 1));
}

function constants(weights: Values, signature: Signature): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(signature).map(([name, { shape }]) => [name, tf.tensor(weights[name], [...shape])]),
  );
}

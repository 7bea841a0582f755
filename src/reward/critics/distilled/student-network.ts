/** The distilled critic's network: a small encoder of the images, the robot's state, and heads of which each has an opinion of its own. */
import {
  adamwUpdate,
  mlpForward,
  mlpInitial,
  mlpSignature,
  tf,
  type MlpShape,
  type Program,
  type Random,
  type Signature,
  type Tensor,
  type Values,
} from '../../../engine/index.js';
import type { ImageSpec } from '../../../robot/image-spec.js';
import {
  embed,
  embeddingSize,
  frameFeeds,
  frameInitial,
  frameNetwork,
  frameSignature,
  type FrameNetwork,
} from '../../progress/frame-network.js';

export type StudentNetwork = {
  readonly frame: FrameNetwork;
  /** numbers of the state */
  readonly state: number;
  readonly opinion: MlpShape;
};

/** Small: it is asked at control rate. */
const size = { points: 16, hidden: 64, embedding: 32 } as const;
const heads = 3;

/** Of each head: logit of progress, logarithm of the variance of progress, logit of done. */
const outputs = 3;

/** Bounds of the logarithm of the variance: deviations of 0.01 and 0.5. */
const [leastLogVariance, mostLogVariance] = [-9.2, -1.4];

/** Of what is done against progress. */
const doneWeight = 0.3;
const weightDecay = 1e-3;
const maxGradNorm = 10;

/** @param state numbers of the observation beside the images */
export function studentNetwork(images: readonly ImageSpec[], state: number): StudentNetwork {
  const frame = frameNetwork(images, size);
  const inputs = embeddingSize(frame) + state;
  return { frame, state, opinion: { inputs, hidden: [size.hidden], outputs, layerNorm: false, heads } };
}

export function studentSignature({ frame, opinion }: StudentNetwork): Signature {
  return { ...frameSignature(frame), ...mlpSignature('opinion', opinion) };
}

export function studentInitial({ frame, opinion }: StudentNetwork, random: Random): Values {
  const options = { initialiser: 'he' } as const;
  return { ...frameInitial(frame, random), ...mlpInitial('opinion', opinion, random, options) };
}

/** Images as `frameFeeds`, and `state` [batch, numbers], standardised. */
export function studentFeeds({ frame, state }: StudentNetwork, batch: number): Signature {
  return { ...frameFeeds(frame, batch), state: { shape: [batch, state] } };
}

/** What the heads think, each [heads, batch]. */
type Opinions = { readonly progress: Tensor; readonly logVariance: Tensor; readonly done: Tensor };

function opinions(
  params: Readonly<Record<string, Tensor>>,
  { frame, opinion }: StudentNetwork,
  feeds: Readonly<Record<string, Tensor>>,
): Opinions {
  const input = tf.concat([tf.relu(embed(params, frame, feeds)), feeds.state], 1);
  const found = mlpForward('opinion', opinion, params, input);
  const column = (i: number): Tensor => tf.squeeze(tf.slice(found, [0, 0, i], [-1, -1, 1]), [2]);
  const spread = tf.sigmoid(column(1));
  return {
    progress: tf.sigmoid(column(0)),
    logVariance: tf.add(leastLogVariance, tf.mul(mostLogVariance - leastLogVariance, spread)),
    done: column(2),
  };
}

/** `progress`, `log_variance` and `done` (logits), each [heads, 1], of one moment; weights are fed beside it. */
export function studentProgram(network: StudentNetwork): Program {
  return (t) => {
    const { progress, logVariance, done } = opinions(t, network, t);
    return { progress, log_variance: logVariance, done };
  };
}

/**
 * One AdamW step down the negative log-likelihood of the teacher's progress (a Gaussian of the predicted variance; Kendall & Gal 2017,
 * eq. 8) and the cross-entropy of its done; where the teacher did not know, the weight is 0. Feeds: `studentFeeds`, `progress`, `done`,
 * `progress_weight` and `done_weight` [batch], `learning_rate`.
 */
export function studentStep(network: StudentNetwork): Program {
  const names = Object.keys(studentSignature(network));
  return (t) => {
    const loss = (params: Record<string, Tensor>): Tensor => {
      const { progress, logVariance, done } = opinions(params, network, t);
      const error = tf.square(tf.sub(progress, t.progress));
      const likelihood = tf.mul(0.5, tf.add(tf.div(error, tf.exp(logVariance)), logVariance));
      const entropy = tf.sub(tf.softplus(done), tf.mul(done, t.done));
      return tf.add(
        weighted(likelihood, t.progress_weight),
        tf.mul(doneWeight, weighted(entropy, t.done_weight)),
      );
    };
    const params = Object.fromEntries(names.map((name) => [name, t[name]]));
    const settings = { learningRate: t.learning_rate, weightDecay, maxGradNorm };
    const step = adamwUpdate('adam', params, loss, t, settings);
    return { ...step.params, ...step.state, loss: step.loss };
  };
}

/** Mean over heads and rows of [heads, batch], by the rows' weights. */
function weighted(values: Tensor, weights: Tensor): Tensor {
  return tf.div(tf.sum(tf.mul(values, weights)), tf.add(tf.mul(tf.sum(weights), heads), 1));
}

/** Training of the pairwise network: hops of pairs within their bounds, and what looks done. */
import { createRandom, tf, type Tensor, type Values } from '../../engine/index.js';
import { embed, frameFeeds } from '../../reward/progress/frame-network.js';
import { hopBetween } from '../../reward/progress/hop.js';
import {
  doneLogits,
  hops,
  pairInitial,
  pairSignature,
  type PairNetwork,
} from '../../reward/progress/pair-network.js';
import type { ImageSpec } from '../../robot/image-spec.js';
import { clipHeads } from './batch.js';
import { descend } from './descend.js';
import type { Lesson } from './model-files.js';
import { MomentRows, type Row } from './moment-rows.js';

/** Each moment is paired with so many others of its batch. */
const partners = 12;

/** Of what looks done against hops. */
const doneWeight = 0.3;

/** @returns the trained weights and the last loss. @throws as `descend` */
export function trainPairs(
  { clips, looks, settings, onProgress, options }: Lesson,
  images: readonly ImageSpec[],
  network: PairNetwork,
): Promise<{ weights: Values; loss: number }> {
  const { batch_size, heads } = settings;
  const random = createRandom(settings.seed);
  const initial = pairInitial(network, random);
  const moments = new MomentRows(clips, images, settings, random);
  const heard = clipHeads(clips.length, heads, random);
  const feeds = {
    ...frameFeeds(network.frame, batch_size),
    least: { shape: [batch_size * partners] },
    most: { shape: [batch_size * partners] },
    heard: { shape: [heads, batch_size] },
    done: { shape: [batch_size] },
    known: { shape: [heads, batch_size] },
  };
  const loss = (params: Record<string, Tensor>, t: Record<string, Tensor>): Tensor => {
    const embeddings = embed(params, network.frame, t);
    const done = doneLoss(doneLogits(params, network, embeddings), t);
    return tf.add(hopLoss(params, network, embeddings, t, batch_size), tf.mul(doneWeight, done));
  };
  const draw = async (): Promise<Values> => {
    const rows = moments.draw(batch_size);
    const targets = { ...hopBounds(rows), ...doneTargets(rows, heard) };
    return { ...(await looks(rows, random)), ...targets };
  };
  return descend(
    { signature: pairSignature(network), initial, feeds, loss, draw },
    settings,
    onProgress,
    options,
  );
}

/** Least and most of the hop from row i to row i + 1, then of those from row i to row i + 2, and so on. */
function hopBounds(rows: readonly Row[]): Values {
  const { length } = rows;
  const least = new Float32Array(length * partners);
  const most = new Float32Array(length * partners);
  for (let k = 0; k < partners; k++) {
    for (let i = 0; i < length; i++) {
      const [from, to] = [rows[i].progress, rows[(i + k + 1) % length].progress];
      least[k * length + i] = hopBetween(from[1], to[0]);
      most[k * length + i] = hopBetween(from[0], to[1]);
    }
  }
  return { least, most };
}

function doneTargets(rows: readonly Row[], heads: readonly (readonly boolean[])[]): Values {
  const heard = heads.map((head) => rows.map(({ clip }) => head[clip]));
  const known = heard.map((head) => head.map((hears, i) => hears && rows[i].done !== undefined));
  return {
    heard: Float32Array.from(heard.flat(), Number),
    known: Float32Array.from(known.flat(), Number),
    done: Float32Array.from(rows, ({ done }) => (done === true ? 1 : 0)),
  };
}

/** Mean squared distance of hops to their bounds. */
function hopLoss(
  params: Record<string, Tensor>,
  network: PairNetwork,
  embeddings: Tensor,
  { least, most, heard }: Record<string, Tensor>,
  batch: number,
): Tensor {
  const shifts = Array.from({ length: partners }, (_, k) => k + 1);
  const from = tf.tile(embeddings, [partners, 1]);
  const to = tf.concat(
    shifts.map((k) => rolled(embeddings, k, batch, 0)),
    0,
  );
  const weights = tf.concat(
    shifts.map((k) => tf.mul(heard, rolled(heard, k, batch, 1))),
    1,
  );
  const found = hops(params, network, from, to);
  const outside = tf.add(tf.relu(tf.sub(least, found)), tf.relu(tf.sub(found, most)));
  return tf.div(tf.sum(tf.mul(tf.square(outside), weights)), tf.add(tf.sum(weights), 1));
}

/** Entries k, k + 1, ..., batch - 1, 0, ..., k - 1 along the axis, 0 or 1. */
function rolled(x: Tensor, k: number, batch: number, axis: 0 | 1): Tensor {
  const part = (begin: number, size: number): Tensor =>
    axis === 0 ? tf.slice(x, [begin, 0], [size, -1]) : tf.slice(x, [0, begin], [-1, size]);
  return tf.concat([part(k, batch - k), part(0, k)], axis);
}

/** Mean binary cross-entropy of logits [heads, batch] where it is known. */
function doneLoss(logits: Tensor, { done, known }: Record<string, Tensor>): Tensor {
  const entropy = tf.sub(tf.softplus(logits), tf.mul(logits, done));
  return tf.div(tf.sum(tf.mul(entropy, known)), tf.add(tf.sum(known), 1));
}

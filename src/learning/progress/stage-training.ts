/** Training of the stage classifier: which stages are over, and which episodes get beyond the stage that they are in. */
import { createRandom, tf, type Random, type Tensor, type Values } from '../../engine/index.js';
import { embed, frameFeeds } from '../../reward/progress/frame-network.js';
import {
  stageInitial,
  stageLogits,
  stageSignature,
  type StageNetwork,
} from '../../reward/progress/stage-network.js';
import type { ImageSpec } from '../../robot/image-spec.js';
import { clipHeads } from './batch.js';
import { descend } from './descend.js';
import type { Lesson } from './model-files.js';
import { MomentRows, type Row } from './moment-rows.js';

/** @returns the trained weights and the last loss. @throws as `descend` */
export function trainStages(
  { clips, looks, settings, onProgress, options }: Lesson,
  images: readonly ImageSpec[],
  network: StageNetwork,
): Promise<{ weights: Values; loss: number }> {
  const { batch_size, heads } = settings;
  const random: Random = createRandom(settings.seed);
  const initial = stageInitial(network, random);
  const moments = new MomentRows(clips, images, settings, random);
  const heard = clipHeads(clips.length, heads, random);
  const width = 2 * network.stages;
  const feeds = {
    ...frameFeeds(network.frame, batch_size),
    target: { shape: [batch_size, width] },
    known: { shape: [heads, batch_size, width] },
  };
  const loss = (params: Record<string, Tensor>, t: Record<string, Tensor>): Tensor => {
    const logits = stageLogits(params, network, embed(params, network.frame, t));
    const entropy = tf.sub(tf.softplus(logits), tf.mul(logits, t.target));
    return tf.div(tf.sum(tf.mul(entropy, t.known)), tf.add(tf.sum(t.known), 1));
  };
  const draw = async (): Promise<Values> => {
    const rows = moments.draw(batch_size);
    return { ...(await looks(rows, random)), ...stageTargets(rows, network.stages, heard) };
  };
  return descend(
    { signature: stageSignature(network), initial, feeds, loss, draw },
    settings,
    onProgress,
    options,
  );
}

/** Targets [rows, 2 * stages] and where they are known [heads, rows, 2 * stages], 0 or 1. */
function stageTargets(rows: readonly Row[], stages: number, heard: readonly (readonly boolean[])[]): Values {
  const labels = rows.map((row) => [...overLabels(row, stages), ...beyondLabels(row, stages)]);
  const known = heard.flatMap((head) =>
    rows.flatMap(({ clip }, i) => labels[i].map((label) => (head[clip] && label !== undefined ? 1 : 0))),
  );
  return {
    target: Float32Array.from(labels.flat(), (label) => (label === true ? 1 : 0)),
    known: Float32Array.from(known),
  };
}

/** Whether more than k stages are over, as far as it is known. */
function overLabels({ stages: [least, most] }: Row, stages: number): (boolean | undefined)[] {
  return Array.from({ length: stages }, (_, k) => (least > k ? true : most <= k ? false : undefined));
}

/** Whether the episode gets beyond stage k, of moments in that stage. */
function beyondLabels({ stages: [least, most], reached }: Row, stages: number): (boolean | undefined)[] {
  return Array.from({ length: stages }, (_, k) =>
    reached !== undefined && least === k && most === k ? reached > k : undefined,
  );
}

/** What batches for all learned critics have in common. */
import type { Random, Values } from '../../engine/index.js';
import { pixelFeed } from '../../reward/progress/frame-network.js';
import type { ImageSpec } from '../../robot/image-spec.js';
import type { LabelSettings } from './labelled-clips.js';
import type { Row } from './moment-rows.js';
import { randomLooks, type LookSettings } from './random-looks.js';

export type BatchSettings = LookSettings &
  LabelSettings & {
    readonly batch_size: number;
    /** Members of the ensemble of heads. */
    readonly heads: number;
  };

/** Each head learns from about this share of the clips, so that heads disagree where there is little to learn from. */
const clipShare = 0.75;

/** By head and by clip: whether the head learns from it. */
export function clipHeads(clips: number, heads: number, random: Random): boolean[][] {
  return Array.from({ length: heads }, () =>
    Array.from({ length: clips }, () => random.uniform() < clipShare),
  );
}

/** Pixels of all rows, as `frameFeeds` has them. */
export function pixelFeeds(
  rows: readonly Row[],
  images: readonly ImageSpec[],
  settings: LookSettings,
  random: Random,
): Values {
  const feeds = images.map((spec, i) => {
    const pictures = rows.map((row) => row.images[i]);
    return [pixelFeed(i), randomLooks(pictures, spec, settings, random)] as const;
  });
  return Object.fromEntries(feeds);
}

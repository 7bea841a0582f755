/** What batches for all learned critics have in common. */
import type { Random } from '../../engine/index.js';
import type { LabelSettings } from './labelled-clips.js';
import type { RowSettings } from './moment-rows.js';
import type { LookSettings } from './random-looks.js';

export type BatchSettings = LookSettings &
  LabelSettings &
  RowSettings & {
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

/** How rows are shown to a network in training: pixels under changing looks, or features, each made once. */
import type { Random, Values } from '../../engine/index.js';
import type { FrameFeatures } from '../../reward/features/frame-features.js';
import { featureFeed, pixelFeed } from '../../reward/progress/frame-network.js';
import type { ImageSpec, Observed } from '../../robot/image-spec.js';
import { fitStandardisation, standardise, type Standardisation } from '../../robot/normalisation.js';
import type { LabelledClip } from './labelled-clips.js';
import type { Row } from './moment-rows.js';
import { randomLooks, type LookSettings } from './random-looks.js';

/** What rows are fed as, the values of `frameFeeds`. */
export type Looks = (rows: readonly Row[], random: Random) => Promise<Values>;

export function pixelLooks(images: readonly ImageSpec[], settings: LookSettings): Looks {
  return (rows, random) => {
    const feeds = images.map((spec, i) => {
      const pictures = rows.map(({ observed }) => observed.images[i]);
      return [pixelFeed(i), randomLooks(pictures, spec, settings, random)] as const;
    });
    return Promise.resolve(Object.fromEntries(feeds));
  };
}

/** Features with what standardises them. */
export type StandardFeatures = { readonly looks: Looks; readonly standardisation: Standardisation };

/** Standardised features are clipped to this many deviations. */
const featureClip = 5;

/** Describes all moments of the clips, which takes a while, and fits the standardisation on them. */
export async function featureLooks(
  features: FrameFeatures,
  clips: readonly LabelledClip[],
): Promise<StandardFeatures> {
  const known = new WeakMap<Observed, Float32Array>();
  const describe = async (observed: Observed): Promise<Float32Array> => {
    const found = known.get(observed) ?? (await features.describe(observed));
    known.set(observed, found);
    return found;
  };
  const all: Float32Array[] = [];
  for (const { moment } of clips.flatMap(({ moments }) => moments)) all.push(await describe(moment.observed));
  const standardisation = fitStandardisation(all, features.size, featureClip);
  const looks: Looks = async (rows) => {
    const data = new Float32Array(rows.length * features.size);
    for (const [i, { observed }] of rows.entries())
      data.set(standardise(await describe(observed), standardisation), i * features.size);
    return { [featureFeed]: data };
  };
  return { looks, standardisation };
}

/** Similarity of the images to a goal in the space of CLIP or a model like it: to a sentence, or to how demonstrations end. */
import { ConfigError } from '../../../config/config-error.js';
import { resolveBeside } from '../../../config/paths.js';
import { byMoment } from '../../by-moment.js';
import type { CriticContext } from '../../create-critics.js';
import type { PrefixCritic } from '../../critic.js';
import { viewsOf, type View } from '../../features/frame-features.js';
import { ImageNetwork, type NetworkSettings } from '../../features/image-network.js';
import { present, type Judgement, type Moment } from '../../judgement.js';
import type { CriticSettings } from '../../reward-file.js';
import { quantile } from '../../statistics.js';
import { versionOf } from '../../version.js';
import { demonstrations } from '../reference-match/demonstrations.js';
import { dot, goalBaselineSimilarity, meanDirection, unitVector } from './similarity.js';
import { textEmbedding } from './text-embeddings.js';

type ClipSettings = {
  readonly image: NetworkSettings;
  readonly cameras?: readonly string[];
  readonly target: 'text' | 'reference';
  readonly texts?: string;
  readonly goal?: string;
  readonly baseline?: string;
  readonly alpha: number;
  readonly reference?: string | readonly string[];
  readonly demonstrations: number;
  readonly range?: readonly [number, number];
};

/** One unit vector a view. */
type Embeddings = readonly Float32Array[];

/** Where a view should get to, and where it comes from. */
type Target = { readonly goal: Float32Array; readonly baseline: Float32Array };

/** First and last moments of demonstrations. */
type Ends = { readonly first: readonly Embeddings[]; readonly last: readonly Embeddings[] };

/**
 * Progress is where the similarity lies in `range`, which is never taken from the episode that is judged: it is given, or it is that from
 * the beginnings of demonstrations to their ends. Done and uncertainty stay unknown: cosines are not calibrated.
 * @throws ConfigError naming file and key if encoder, texts or reference are missing or do not fit
 */
export async function clip(context: CriticContext, raw: CriticSettings): Promise<PrefixCritic> {
  const settings = raw as unknown as ClipSettings;
  const { file, name } = context;
  const place = { ...context, key: `critics.${name}` };
  const views = viewsOf(place, settings.cameras);
  const network = await ImageNetwork.load({ file, key: `${place.key}.image` }, settings.image);
  const embed = ({ observed }: Pick<Moment, 'observed'>): Promise<Embeddings> =>
    embedViews(network, views, observed.images);
  try {
    const ends = await endsOf(context, settings, embed);
    const targets = await targetsOf(context, settings, network, views, ends);
    const similarity = (seen: Embeddings): number => meanSimilarity(seen, targets, settings.alpha);
    const range = settings.range ?? rangeOf(context, ends, similarity);
    if (!(range[0] < range[1]))
      throw new ConfigError(file, `${place.key}.range`, 'the first is not below the second');
    const embeddings = byMoment(embed);
    const parts = targets.flatMap(({ goal, baseline }) => [goal, baseline]);
    return {
      ...{ name, model: `clip/${settings.target}`, done_threshold: 1, sees: 'prefix' },
      version: versionOf(JSON.stringify([settings, range]), network.version, ...parts),
      judge: async (clipped) => {
        const seen = await embeddings(present(clipped));
        return judgement(similarity(seen), mean(seen.map((x, i) => dot(x, targets[i].goal))), range);
      },
      dispose: () => network.dispose(),
    };
  } catch (error) {
    await network.dispose();
    throw error;
  }
}

function judgement(similarity: number, cosine: number, [low, high]: readonly [number, number]): Judgement {
  return {
    progress: Math.min(1, Math.max(0, (similarity - low) / (high - low))),
    ...{ done: undefined, uncertainty: undefined },
    components: { similarity, cosine },
    reason: '',
  };
}

async function embedViews(
  network: ImageNetwork,
  views: readonly View[],
  images: readonly Uint8Array[],
): Promise<Embeddings> {
  const embeddings: Float32Array[] = [];
  for (const { index, image } of views)
    embeddings.push(unitVector(await network.describe(images[index], image)));
  return embeddings;
}

async function endsOf(
  context: CriticContext,
  { reference, demonstrations: most }: ClipSettings,
  embed: (moment: Moment) => Promise<Embeddings>,
): Promise<Ends | undefined> {
  if (reference === undefined) return undefined;
  const ends = { first: [] as Embeddings[], last: [] as Embeddings[] };
  for await (const { clip: shown } of demonstrations(context, reference, most)) {
    ends.first.push(await embed(shown.moments[0]));
    ends.last.push(await embed(present(shown)));
  }
  return ends;
}

/** Goal and baseline of each view. */
async function targetsOf(
  { file, name, instruction }: CriticContext,
  { target, texts, goal = instruction, baseline, alpha }: ClipSettings,
  network: ImageNetwork,
  views: readonly View[],
  ends: Ends | undefined,
): Promise<readonly Target[]> {
  const required = <T>(value: T | undefined, key: string): T => {
    if (value !== undefined) return value;
    throw new ConfigError(file, `critics.${name}.${key}`, `is missing; target ${target} needs it`);
  };
  if (target === 'reference') {
    const { first, last } = required(ends, 'reference');
    const direction = (all: readonly Embeddings[], i: number): Float32Array =>
      meanDirection(all.map((views) => views[i]));
    const found = views.map((_, i) => ({ goal: direction(last, i), baseline: direction(first, i) }));
    if (alpha > 0 && found.some(isOne))
      throw new ConfigError(
        file,
        `critics.${name}.reference`,
        'looks the same at its beginning and at its end',
      );
    return found;
  }
  const source = resolveBeside(file, required(texts, 'texts'));
  const size = await network.size();
  const embedded = textEmbedding(source, goal, size);
  // Without projection the baseline is not looked at.
  const from = alpha > 0 ? textEmbedding(source, required(baseline, 'baseline'), size) : embedded;
  const found = { goal: embedded, baseline: from };
  if (alpha > 0 && isOne(found))
    throw new ConfigError(file, `critics.${name}.baseline`, 'says the same as the goal');
  return views.map(() => found);
}

/** Whether there is no way from the baseline to the goal. */
function isOne({ goal, baseline }: Target): boolean {
  return dot(goal, baseline) > 1 - 1e-6;
}

/** Similarity at the beginning and at the end of demonstrations. */
function rangeOf(
  { file, name }: CriticContext,
  ends: Ends | undefined,
  similarity: (seen: Embeddings) => number,
): readonly [number, number] {
  if (ends === undefined)
    throw new ConfigError(file, `critics.${name}.range`, 'is missing; without it a reference is needed');
  const [low, high] = [ends.first, ends.last].map((all) => quantile(all.map(similarity), 0.5));
  if (high > low) return [low, high];
  const found = `${low.toFixed(4)} at their beginning, ${high.toFixed(4)} at their end`;
  throw new ConfigError(
    file,
    `critics.${name}`,
    `the demonstrations do not come nearer to the goal (similarity ${found}); this model does not see the task`,
  );
}

function meanSimilarity(seen: Embeddings, targets: readonly Target[], alpha: number): number {
  return mean(seen.map((x, i) => goalBaselineSimilarity(x, targets[i].goal, targets[i].baseline, alpha)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

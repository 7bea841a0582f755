/** Progress as the place in the demonstrations that an episode is at. */
import { ConfigError } from '../../../config/config-error.js';
import { byMoment } from '../../by-moment.js';
import type { CriticContext } from '../../create-critics.js';
import type { CriticIdentity, EpisodeCritic, PrefixCritic } from '../../critic.js';
import type { FrameFeatures } from '../../features/frame-features.js';
import { present, type Clip, type Judgement } from '../../judgement.js';
import { versionOf } from '../../version.js';
import { demonstrations } from './demonstrations.js';
import { FeatureSpace } from './feature-space.js';
import { endDistance, familiarity, Reference } from './reference.js';
import type { Row, Sequence } from './segment-match.js';
import type { ReferenceMatchSettings } from './settings.js';
import { matchByTransport, ordinaryCost } from './transport-match.js';

/**
 * Progress is the place times the familiarity: what looks like no demonstration has not come far, however it moves. Nothing is
 * scaled by the episode itself, so a failure gets what its moments are worth. Uncertainty is the larger one of twice the
 * demonstrations' disagreement and what is missing in familiarity.
 * @throws ConfigError if there are fewer than two demonstrations, or they do not fit the task
 */
export async function demonstrationCritic(
  context: CriticContext,
  settings: ReferenceMatchSettings,
  features: FrameFeatures,
): Promise<PrefixCritic | EpisodeCritic> {
  const raw = await describeAll(context, settings, features);
  const window = settings.method === 'nearest' ? 1 : settings.window;
  const space = FeatureSpace.fit(raw.flat(), features.standardise);
  const reference = Reference.fit(raw, space, { ...settings, window }, settings.done_distance);
  const identity = {
    name: context.name,
    model: `reference_match/${settings.method}`,
    version: versionOf(JSON.stringify(settings), features.version, ...raw.flat()),
    done_threshold: settings.done_threshold,
    dispose: () => features.dispose(),
  };
  if (settings.method === 'optimal_transport') return transportCritic(identity, reference, features);
  return segmentCritic(identity, reference, window, features);
}

async function describeAll(
  context: CriticContext,
  { reference, demonstrations: most }: ReferenceMatchSettings,
  features: FrameFeatures,
): Promise<Sequence[]> {
  const { file, name } = context;
  const key = `critics.${name}.reference`;
  if (reference === undefined) throw new ConfigError(file, key, 'is missing');
  const raw: Sequence[] = [];
  for await (const { clip } of demonstrations(context, reference, most)) {
    const sequence: Float32Array[] = [];
    for (const { observed } of clip.moments) sequence.push(await features.describe(observed));
    raw.push(sequence);
  }
  if (raw.length < 2)
    throw new ConfigError(file, key, 'holds one successful episode; what is ordinary takes two at least');
  return raw;
}

function segmentCritic(
  identity: CriticIdentity,
  reference: Reference,
  window: number,
  features: FrameFeatures,
): PrefixCritic {
  const rowOf = byMoment(async ({ step, observed }): Promise<Row> =>
    reference.row(step, await features.describe(observed)),
  );
  const judge = async (clip: Clip): Promise<Judgement> => {
    const now = await rowOf(present(clip));
    const rows: Row[] = [];
    for (const moment of clip.moments.slice(-window)) rows.push(await rowOf(moment));
    const { place, spread, familiarity: familiar } = reference.match(rows);
    return {
      progress: place * familiar,
      done: reference.doneProbability(now),
      uncertainty: Math.min(1, Math.max(2 * spread, 1 - familiar)),
      components: { place, familiarity: familiar, end_distance: endDistance(now) },
      reason: '',
    };
  };
  return { ...identity, sees: 'prefix', judge };
}

/**
 * Every part of an episode is moved somewhere, the end of a failure onto the end of a demonstration as well; only what
 * it costs tells them apart.
 */
function transportCritic(
  identity: CriticIdentity,
  reference: Reference,
  features: FrameFeatures,
): EpisodeCritic {
  const ordinary = ordinaryCost(reference.demonstrations);
  const described = byMoment(async ({ step, observed }) => {
    const raw = await features.describe(observed);
    return { standardised: reference.space.standardise(raw), row: reference.row(step, raw) };
  });
  const judgeEpisode = async ({ moments }: Clip): Promise<readonly Judgement[]> => {
    const all: Awaited<ReturnType<typeof described>>[] = [];
    for (const moment of moments) all.push(await described(moment));
    const matches = matchByTransport(
      all.map(({ standardised }) => standardised),
      reference.demonstrations,
    );
    return matches.map(({ reward, cost, place }, i): Judgement => {
      const familiar = familiarity(cost, ordinary);
      return {
        progress: place * familiar,
        done: reference.doneProbability(all[i].row),
        uncertainty: 1 - familiar,
        components: { transport_reward: reward, transport_cost: cost, place, familiarity: familiar },
        reason: '',
      };
    });
  };
  return { ...identity, sees: 'episode', judgeEpisode };
}

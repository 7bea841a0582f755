/**
 * The embedded default for images: a small network, trained on the demonstrations at hand, that tells how far it is from one moment
 * to another, as VLAC and Robo-Dopamine's reward model do with large ones. Progress of the present is told from the beginning, from
 * the ends of demonstrations, and by way of some earlier moments; where these disagree it is uncertain.
 */
import { resolveBeside } from '../../config/paths.js';
import type { CriticContext } from '../create-critics.js';
import type { PrefixCritic } from '../critic.js';
import { present, unknown, type Judgement, type Moment } from '../judgement.js';
import { FrameModel, modelFeatures } from '../progress/frame-model.js';
import { HopModel, hopFile } from '../progress/hop-model.js';
import { hopFrom } from '../progress/hop.js';
import { loadProgress, modelVersion } from '../progress/manifest.js';
import { Sight } from '../progress/seen.js';
import { deviation, mean } from '../statistics.js';
import type { CriticSettings } from '../reward-file.js';

/** How many moments earlier those are by way of which progress is told, as well as from the beginning. */
export const earlier = [1, 2, 4, 8, 16, 32] as const;

/** Opinions on one moment, in [0, 1]: by head from the beginning and from the goals, and the mean of both. */
type Anchored = {
  readonly forward: readonly number[];
  readonly backward: readonly number[];
  readonly progress: number;
};

/** @throws ConfigError if the model is missing, was changed, or does not fit the task */
export async function pairwise(context: CriticContext, settings: CriticSettings): Promise<PrefixCritic> {
  const folder = resolveBeside(context.file, String(settings.model));
  const files = loadProgress(folder, 'pairwise', [hopFile], context);
  const { manifest } = files;
  const features = await modelFeatures(files, context);
  const frame = await FrameModel.load(files, ['embedding'], features);
  const judge = new PairJudge(frame, await HopModel.load(files, earlier.length));
  const threshold = settings.done_threshold as number | undefined;
  const sight = new Sight(manifest.images.map(({ image }) => image));
  return {
    ...{ name: context.name, model: 'pairwise', version: modelVersion(manifest, settings), sees: 'prefix' },
    done_threshold: threshold ?? manifest.done.threshold,
    judge: (clip) => {
      const reason = sight.unseen(present(clip));
      return reason === undefined ? judge.judge(sight.seen(clip)) : Promise.resolve(unknown(reason));
    },
    dispose: async () => {
      await judge.dispose();
      await features?.dispose();
    },
  };
}

class PairJudge {
  /** by the first moment of the clip, since progress is told from there */
  readonly #anchored = new WeakMap<Moment, WeakMap<Moment, Promise<Anchored>>>();

  constructor(
    private readonly frame: FrameModel,
    private readonly pairs: HopModel,
  ) {}

  async judge(moments: readonly Moment[]): Promise<Judgement> {
    const { forward, backward, progress } = await this.#anchor(moments[0], moments[moments.length - 1]);
    const ways = await this.#byWay(moments);
    const incremental = ways.length === 0 ? progress : mean(ways);
    return {
      progress: (progress + incremental) / 2,
      done: await this.frame.done(moments),
      // Opinions lie in [0, 1], so they deviate by 0.5 at most.
      uncertainty: Math.min(1, 2 * deviation([...forward, ...backward, ...ways])),
      components: { forward: mean(forward), backward: mean(backward), incremental },
      reason: '',
    };
  }

  async dispose(): Promise<void> {
    await this.frame.dispose();
    await this.pairs.dispose();
  }

  #anchor(first: Moment, moment: Moment): Promise<Anchored> {
    let ofClip = this.#anchored.get(first);
    if (ofClip === undefined) this.#anchored.set(first, (ofClip = new WeakMap()));
    let anchored = ofClip.get(moment);
    if (anchored === undefined) ofClip.set(moment, (anchored = this.#tell(first, moment)));
    return anchored;
  }

  async #tell(first: Moment, moment: Moment): Promise<Anchored> {
    const [start, now] = [await this.frame.look(first), await this.frame.look(moment)];
    const { references, goals } = await this.pairs.hops([start.embedding], now.embedding);
    const forward = references.map(([hop]) => hopFrom(0, Math.max(0, hop)));
    const backward = goals.map((hops) => mean([...hops].map((hop) => hopFrom(1, Math.min(0, hop)))));
    return { forward, backward, progress: (mean(forward) + mean(backward)) / 2 };
  }

  /** Progress by way of each of the earlier moments that there are: the mean of the heads. */
  async #byWay(moments: readonly Moment[]): Promise<number[]> {
    const last = moments.length - 1;
    const there = earlier.filter((steps) => steps <= last).map((steps) => moments[last - steps]);
    if (there.length === 0) return [];
    const anchors = await Promise.all(there.map((moment) => this.#anchor(moments[0], moment)));
    const looks = await Promise.all([...there, moments[last]].map((moment) => this.frame.look(moment)));
    const [now, ...from] = looks.map(({ embedding }) => embedding).reverse();
    const { references } = await this.pairs.hops(from.reverse(), now);
    return anchors.map(({ progress }, i) => hopFrom(progress, mean(references.map((hops) => hops[i]))));
  }
}

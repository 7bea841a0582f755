/**
 * Stages and success, as classifiers learned from demonstrations and rollouts (DrS, Mu et al. 2024). Progress is that of the
 * stage that is seen, and within it of whether episodes that looked like this came to the next one.
 */
import { resolveBeside } from '../../config/paths.js';
import type { CriticContext } from '../create-critics.js';
import type { PrefixCritic } from '../critic.js';
import { present, unknown, type Judgement, type Moment } from '../judgement.js';
import { FrameModel, modelFeatures } from '../progress/frame-model.js';
import { loadProgress, modelVersion } from '../progress/manifest.js';
import { Sight } from '../progress/seen.js';
import { deviation, mean } from '../statistics.js';
import type { CriticSettings } from '../reward-file.js';

/** @throws ConfigError if the model is missing, was changed, or does not fit the task */
export async function stageClassifier(
  context: CriticContext,
  settings: CriticSettings,
): Promise<PrefixCritic> {
  const folder = resolveBeside(context.file, String(settings.model));
  const files = loadProgress(folder, 'stages', [], context);
  const { manifest } = files;
  const features = await modelFeatures(files, context);
  const model = await FrameModel.load(files, ['stage', 'beyond'], features);
  const threshold = settings.done_threshold as number | undefined;
  const sight = new Sight(manifest.images.map(({ image }) => image));
  const { stages = 1 } = manifest;
  const version = modelVersion(manifest, settings);
  return {
    ...{ name: context.name, model: 'stage_classifier', version, sees: 'prefix' },
    done_threshold: threshold ?? manifest.done.threshold,
    judge: (clip) => {
      const reason = sight.unseen(present(clip));
      return reason === undefined ? judge(model, sight.seen(clip), stages) : Promise.resolve(unknown(reason));
    },
    dispose: async () => {
      await model.dispose();
      await features?.dispose();
    },
  };
}

async function judge(model: FrameModel, moments: readonly Moment[], stages: number): Promise<Judgement> {
  const { stage, beyond } = await model.look(moments[moments.length - 1]);
  const heads = stage.length / stages;
  const opinions = Array.from({ length: heads }, (_, head) => {
    const own = [stage, beyond].map((logits) => logits.subarray(head * stages, (head + 1) * stages));
    return stageProgress(own[0], own[1]);
  });
  const logits = Array.from({ length: stages }, (_, k) =>
    mean(Array.from({ length: heads }, (_, head) => stage[head * stages + k])),
  );
  return {
    progress: mean(opinions),
    done: await model.done(moments),
    uncertainty: Math.min(1, 2 * deviation(opinions)),
    components: { stage: stagesOver(logits) },
    reason: '',
  };
}

/**
 * DrS (eq. 4, scaled to [0, 1]): (3 k + 1 + tanh(D_k)) / (3 K), so that no state of a stage counts for as much as any of the next
 * one; 1 once all stages are over.
 * @param stage logits that more than k stages are over; @param beyond D_k: logits that an episode gets beyond stage k
 */
export function stageProgress(stage: ArrayLike<number>, beyond: ArrayLike<number>): number {
  const over = stagesOver(stage);
  if (over === stage.length) return 1;
  return (3 * over + 1 + Math.tanh(beyond[over])) / (3 * stage.length);
}

/** Stages that are over, from the first on without a gap. */
function stagesOver(logits: ArrayLike<number>): number {
  const gap = Array.from(logits).findIndex((logit) => logit <= 0);
  return gap === -1 ? logits.length : gap;
}

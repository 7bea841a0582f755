/** Critics by the kind that a reward file names. */
import { ConfigError } from '../config/config-error.js';
import type { ImageSpec } from '../robot/image-spec.js';
import type { Task } from '../sim/task.js';
import type { CameraView } from './camera-views.js';
import type { Critic } from './critic.js';
import { clip } from './critics/clip/clip.js';
import { distilled } from './critics/distilled/distilled.js';
import { httpVlm } from './critics/http-vlm/http-vlm.js';
import { human } from './critics/human.js';
import { pairwise } from './critics/pairwise.js';
import { progressFunction } from './critics/progress-function/critic.js';
import { referenceMatch } from './critics/reference-match/reference-match.js';
import { stageClassifier } from './critics/stage-classifier.js';
import { successExpression } from './critics/success-expression.js';
import type { CriticSettings, RewardFile } from './reward-file.js';

/** What a critic is made for. */
export type CriticContext = {
  /** the reward file, for errors; paths in it are relative to it */
  readonly file: string;
  /** the critic's name in it */
  readonly name: string;
  readonly task: Task;
  readonly instruction: string;
  /** of the moments' images, in order */
  readonly images: readonly ImageSpec[];
  /** where these come from, for bags that a critic reads; see `RewardFile` */
  readonly views: readonly CameraView[] | undefined;
};

type Maker = (context: CriticContext, settings: CriticSettings) => Critic | Promise<Critic>;

const makers: Readonly<Record<string, Maker>> = {
  success_expression: successExpression,
  human,
  progress_function: progressFunction,
  http_vlm: httpVlm,
  pairwise,
  stage_classifier: stageClassifier,
  distilled,
  reference_match: referenceMatch,
  clip,
};

/**
 * The critics of a reward file, in its order.
 * @throws ConfigError naming file and key if a model is missing or does not fit the task
 */
export async function createCritics(reward: RewardFile): Promise<Critic[]> {
  const { file, task, instruction, images, views } = reward;
  const made: Critic[] = [];
  for (const [name, settings] of Object.entries(reward.critics)) {
    const make = makers[settings.kind];
    if (make === undefined)
      throw new ConfigError(file, `critics.${name}.kind`, `${settings.kind} is not there yet`);
    made.push(await make({ file, name, task, instruction, images, views }, settings));
  }
  return made;
}

/** Progress as expressions over what is observed, as a person or a language model writes them. */
import { observationNames } from '../../../robot/observation-spec.js';
import type { CriticContext } from '../../create-critics.js';
import type { PrefixCritic } from '../../critic.js';
import type { CriticSettings } from '../../reward-file.js';
import { versionOf } from '../../version.js';
import { compileProgress, signNames, type ProgressSettings } from './compile.js';
import { ProgressFunction } from './progress-function.js';

/** @throws ConfigError naming file, key and column if an expression is not part of the language */
export function progressFunction(
  { name, file, task }: CriticContext,
  settings: CriticSettings,
): PrefixCritic {
  const { state, progress, done, uncertainty, components, done_threshold } = settings as CriticSettings &
    ProgressSettings & { readonly done_threshold: number };
  const expressions: ProgressSettings = {
    ...{ state, progress, components },
    ...(done === undefined ? {} : { done }),
    ...(uncertainty === undefined ? {} : { uncertainty }),
  };
  const place = { file, key: `critics.${name}` };
  const judge = new ProgressFunction(compileProgress(expressions, task, place));
  // Of the task all that gives the expressions their meaning: names in their order, and how long a control step is.
  const { observation, control_rate_hz } = task;
  const names = [observationNames(observation), signNames(task)];
  const version = versionOf(JSON.stringify([expressions, names, control_rate_hz, done_threshold]));
  return {
    ...{ name, model: 'progress_function', version, done_threshold, sees: 'prefix' },
    judge: (clip) => Promise.resolve(judge.judge(clip)),
    dispose: () => Promise.resolve(),
  };
}

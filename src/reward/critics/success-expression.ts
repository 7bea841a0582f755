/** The default: success as the task's own sensors tell it, and nothing in between. */
import type { CriticContext } from '../create-critics.js';
import type { PrefixCritic } from '../critic.js';
import { versionOf } from '../version.js';
import { present, unknown, type Judgement } from '../judgement.js';

/** Progress is 1 at success and 0 before; unknown where nothing senses the task. */
export function successExpression({ name, task }: CriticContext): PrefixCritic {
  return {
    ...{
      name,
      model: 'success_expression',
      version: versionOf(task.success),
      done_threshold: 0.5,
      sees: 'prefix',
    },
    judge: (clip) => {
      const { signs } = present(clip);
      if (signs === undefined) return Promise.resolve(unknown('no task_state came for this step'));
      const reached = signs.success ? 1 : 0;
      const judgement: Judgement = {
        ...{ progress: reached, done: reached, uncertainty: 0 },
        ...{ components: {}, reason: '' },
      };
      return Promise.resolve(judgement);
    },
    dispose: () => Promise.resolve(),
  };
}

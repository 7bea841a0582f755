/** What a person said of the episode when it ended: success or failure, and a grade (service label_episode). */
import type { CriticContext } from '../create-critics.js';
import type { EpisodeCritic } from '../critic.js';
import { unknown, type Ended, type Judgement } from '../judgement.js';

/** Grades are 1 (worst) to 5 (best). */
const bestGrade = 5;

/** Speaks of the last moment only: a person judged the episode, not its steps. */
export function human({ name }: CriticContext): EpisodeCritic {
  return {
    ...{ name, model: 'human', version: '1', done_threshold: 0.5, sees: 'episode' },
    judgeEpisode: ({ moments }, ended) => {
      const last = moments.length - 1;
      return Promise.resolve(
        moments.map((_, i) => (i === last ? verdict(ended) : unknown('a person judges the end only'))),
      );
    },
    dispose: () => Promise.resolve(),
  };
}

function verdict({ outcome, grade }: Ended): Judgement {
  const graded = grade === undefined ? undefined : (grade - 1) / (bestGrade - 1);
  const done = outcome === 'unknown' ? undefined : outcome === 'success' ? 1 : 0;
  const progress = graded ?? done;
  return {
    ...{ progress, done, uncertainty: undefined },
    components: graded === undefined ? {} : { grade: graded },
    reason: progress === undefined ? 'nobody has labelled the episode' : '',
  };
}

/** `residual_learner`: replay, updates, checkpoints, weights. Never touches the robot. */
import { ConfigError } from '../config/config-error.js';
import type { NodeContext, NodeDefinition } from '../ros/index.js';
import { LearningSession, publishersOf, type LearnerParameters } from './learning-session.js';
import { LiveTopics } from './live-topics.js';

export const residualLearner: NodeDefinition<LearnerParameters> = {
  name: 'residual_learner',
  create(context: NodeContext<LearnerParameters>) {
    const { policy, run } = context.parameters.values;
    for (const [key, value] of Object.entries({ policy, run })) {
      if (value === '')
        throw new ConfigError('parameters of residual_learner', key, 'is empty, expected a folder');
    }
    let session: LearningSession | undefined;
    const live = new LiveTopics(context);
    const said = publishersOf(context);
    return Promise.resolve({
      configure: async () => {
        live.keep();
        session = await LearningSession.open(context, live, said);
      },
      activate: async () => {
        await session?.start();
        if (session !== undefined) live.giveTo(session);
      },
      deactivate: () => session?.stop(),
      cleanup: () => session?.dispose(),
      shutdown: () => session?.dispose(),
    });
  },
};

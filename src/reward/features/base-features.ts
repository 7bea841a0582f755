/** What a frozen base policy makes of the observation, as a residual on it sees it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { resolveBeside } from '../../config/paths.js';
import { BasePolicy } from '../../policy/base-policy.js';
import { checkPolicyFitsTask, featureStandardisation } from '../../policy/manifest.js';
import { standardise } from '../../robot/normalisation.js';
import { policyTask } from '../../sim/task.js';
import { versionOf } from '../version.js';
import type { FeatureContext, FeatureSettings, FrameFeatures } from './frame-features.js';

/** @throws ConfigError if there is no policy, it does not fit the task, or it gives no features */
export async function baseFeatures(
  { file, key, task }: FeatureContext,
  settings: FeatureSettings,
): Promise<FrameFeatures> {
  const folder = resolveBeside(file, settings.policy as string);
  if (!existsSync(join(folder, 'manifest.yaml')))
    throw new ConfigError(file, `${key}.policy`, `${folder} holds no manifest.yaml`);
  const policy = await BasePolicy.load(folder);
  const { features } = policy.manifest;
  try {
    checkPolicyFitsTask(policy.file, policyTask(task));
    if (features === undefined)
      throw new ConfigError(file, `${key}.policy`, `${folder} gives no features; its manifest names none`);
  } catch (error) {
    await policy.dispose();
    throw error;
  }
  const standardisation = featureStandardisation(policy.manifest);
  return {
    ...{ size: features.size, standardise: 'together', version: versionOf('base', policy.file.sha256) },
    describe: async (observed) => {
      const { features: raw } = await policy.act(observed);
      return standardisation === undefined ? raw : standardise(raw, standardisation);
    },
    dispose: () => policy.dispose(),
  };
}

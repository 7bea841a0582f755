/** How near an episode is to others that succeeded, in a space of features. */
import type { CriticContext } from '../../create-critics.js';
import type { Critic } from '../../critic.js';
import { createFeatures } from '../../features/create-features.js';
import type { CriticSettings } from '../../reward-file.js';
import { demonstrationCritic } from './demonstration-critics.js';
import { ownSuccessesCritic } from './own-successes.js';
import type { ReferenceMatchSettings } from './settings.js';

/** @throws ConfigError naming file and key if features or reference do not fit the task */
export async function referenceMatch(context: CriticContext, raw: CriticSettings): Promise<Critic> {
  const settings = raw as unknown as ReferenceMatchSettings;
  const place = { ...context, key: `critics.${context.name}.features` };
  const features = await createFeatures(place, settings.features);
  const make = settings.against === 'own_successes' ? ownSuccessesCritic : demonstrationCritic;
  try {
    return await make(context, settings, features);
  } catch (error) {
    await features.dispose();
    throw error;
  }
}

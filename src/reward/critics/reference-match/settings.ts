/** Settings of `reference_match` (schemas/critics.schema.json). */
import type { FeatureSettings } from '../../features/frame-features.js';
import type { MatchSettings } from './segment-match.js';

export type ReferenceMatchSettings = MatchSettings & {
  readonly against: 'demonstrations' | 'own_successes';
  readonly reference?: string | readonly string[];
  readonly features: FeatureSettings;
  readonly method: 'segment' | 'nearest' | 'optimal_transport';
  /** most that are used */
  readonly demonstrations: number;
  readonly done_distance?: number;
  readonly done_threshold: number;
};

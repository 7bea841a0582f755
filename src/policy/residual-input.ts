/** What the residual sees of a step beside the base action. */
import type { ImageSpec, Observed } from '../robot/image-spec.js';
import { standardise } from '../robot/normalisation.js';
import { ConfigError } from '../config/config-error.js';
import { featureStandardisation, manifestStandardisation, type Manifest } from './manifest.js';

/**
 * `state`: the observation vector; `features`: that and what the frozen policy's encoder makes of the images;
 * `images`: the vector and the images themselves, through an encoder that is learned with the critics.
 */
export const residualViews = ['state', 'features', 'images'] as const;
export type ResidualView = (typeof residualViews)[number];

/** A view, or the choice that follows from the observation specification. */
export type ViewSetting = ResidualView | 'auto';

/** One step as actor and critics see it; `numbers` are standardised, `images` empty but in the view `images`. */
export type ResidualInput = { readonly numbers: Float32Array; readonly images: readonly Uint8Array[] };

/**
 * The view that a setting means for a base policy: by itself features where it sees images and gives features of them,
 * the images where it gives none, else the state.
 * @throws ConfigError if the policy lacks what the view needs
 */
export function residualView(setting: ViewSetting, { observation, features }: Manifest): ResidualView {
  const hasImages = observation.images.length > 0;
  if (setting === 'auto') return !hasImages ? 'state' : features === undefined ? 'images' : 'features';
  if (setting === 'features' && features === undefined)
    throw new ConfigError(
      'residual_learner',
      'view',
      'is features, and the manifest of the policy names none',
    );
  if (setting === 'images' && !hasImages)
    throw new ConfigError('residual_learner', 'view', 'is images, and the policy sees none');
  return setting;
}

/** How many numbers the residual sees. */
export function residualNumbers({ observation, features }: Manifest, view: ResidualView): number {
  return observation.names.length + (view === 'features' ? (features?.size ?? 0) : 0);
}

/** The images that the residual sees. */
export function residualImages({ observation }: Manifest, view: ResidualView): ImageSpec[] {
  return view === 'images' ? observation.images.map(({ image }) => image) : [];
}

/**
 * A step in the units of the networks: standardised as for the base policy.
 * @param features what the base policy gave for this observation
 * @throws Error if lengths are not those of the manifest
 */
export function residualInput(
  { state, images }: Observed,
  features: Float32Array,
  manifest: Manifest,
  view: ResidualView,
): ResidualInput {
  const { names } = manifest.observation;
  if (state.length !== names.length)
    throw new Error(`observation has ${state.length} elements, expected ${names.length}`);
  const standardisation = manifestStandardisation(manifest);
  const numbers = standardisation === undefined ? state : standardise(state, standardisation);
  if (view === 'state') return { numbers, images: [] };
  if (view === 'images') return { numbers, images };
  const size = manifest.features?.size ?? 0;
  if (features.length !== size)
    throw new Error(`the base action has ${features.length} features, expected ${size}`);
  const scaling = featureStandardisation(manifest);
  const seen = scaling === undefined ? features : standardise(features, scaling);
  return { numbers: Float32Array.of(...numbers, ...seen), images: [] };
}

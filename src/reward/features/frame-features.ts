/** What is compared of two moments: numbers made of the observation. */
import { ConfigError } from '../../config/config-error.js';
import { requireKnownName } from '../../config/known-name.js';
import { checkAgainst, loadSchema } from '../../config/schema.js';
import type { ImageSpec, Observed } from '../../robot/image-spec.js';
import type { Task } from '../../sim/task.js';

/** Makes numbers of what is observed at one step, of nothing before or after it. */
export type FrameFeatures = {
  /** how many numbers */
  readonly size: number;
  /** whether each number has a unit and a spread of its own, or all come from one source and are compared as they are */
  readonly standardise: 'each' | 'together';
  /** of settings and files: the same version makes the same numbers */
  readonly version: string;
  /** Rejects if a network gives something that is not finite. */
  describe(observed: Observed): Promise<Float32Array>;
  dispose(): Promise<void>;
};

/** Checked against `schemas/features.schema.json`; the rest is the kind's own. */
export type FeatureSettings = { readonly kind: string; readonly [key: string]: unknown };

/** What features are made for. */
export type FeatureContext = {
  /** where the settings are, for errors; paths in them are relative to it */
  readonly file: string;
  /** of the settings in it */
  readonly key: string;
  readonly task: Task;
  /** of the observation, in order */
  readonly images: readonly ImageSpec[];
};

/** An image of the observation and its place there. */
export type View = { readonly index: number; readonly image: ImageSpec };

/** Checks settings and fills in their defaults. @throws ConfigError naming the key */
export function checkFeatures(
  { file, key }: Pick<FeatureContext, 'file' | 'key'>,
  settings: FeatureSettings,
): void {
  const kinds = loadSchema('features').properties ?? {};
  requireKnownName('kind of features', settings.kind, Object.keys(kinds), `${key}.kind`, file);
  try {
    checkAgainst(`features/${settings.kind}`, kinds[settings.kind], settings, file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(file, `${key}.${error.key}`, error.problem);
  }
}

/**
 * The images that features are made of.
 * @param cameras whose; all of the observation if not given
 * @throws ConfigError if the observation has none, or not that of a camera
 */
export function viewsOf({ file, key, task, images }: FeatureContext, cameras?: readonly string[]): View[] {
  if (images.length === 0) throw new ConfigError(file, key, `needs images, and ${task.name} observes none`);
  const known = images.map(({ camera }) => camera);
  for (const camera of cameras ?? []) requireKnownName('camera', camera, known, `${key}.cameras`, file);
  const views = images.map((image, index) => ({ index, image }));
  return views.filter(({ image }) => cameras?.includes(image.camera) ?? true);
}

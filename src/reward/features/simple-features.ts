/** Features that need no network: the observation's numbers, and thumbnails of its images. */
import { requireKnownName } from '../../config/known-name.js';
import { observationNames } from '../../robot/observation-spec.js';
import { versionOf } from '../version.js';
import { viewsOf, type FeatureContext, type FeatureSettings, type FrameFeatures } from './frame-features.js';
import { ImageResizer } from './image-resizer.js';

/** Elements of the observation vector as they are. @throws ConfigError for a name that the task does not observe */
export function stateFeatures(context: FeatureContext, settings: FeatureSettings): FrameFeatures {
  const { file, key, task } = context;
  const known = observationNames(task.observation);
  const names = (settings.names as readonly string[] | undefined) ?? known;
  for (const name of names) requireKnownName('element', name, known, `${key}.names`, file);
  const places = names.map((name) => known.indexOf(name));
  return {
    ...{ size: places.length, standardise: 'each', version: versionOf('state', JSON.stringify(names)) },
    describe: ({ state }) => Promise.resolve(Float32Array.from(places, (place) => state[place])),
    dispose: () => Promise.resolve(),
  };
}

/** Thumbnails one after the other, 0 to 1. @throws ConfigError if the task observes no image, or not that of a camera */
export function pixelFeatures(context: FeatureContext, settings: FeatureSettings): FrameFeatures {
  const { size, colour, cameras } = settings as FeatureSettings & {
    readonly size: number;
    readonly colour: boolean;
    readonly cameras?: readonly string[];
  };
  const views = viewsOf(context, cameras);
  const encoding = colour ? 'rgb8' : 'mono8';
  const to = { width: size, height: size, encoding } as const;
  const resizers = views.map(({ index, image }) => ({ index, resizer: new ImageResizer(image, to) }));
  const each = size * size * (colour ? 3 : 1);
  return {
    ...{ size: each * views.length, standardise: 'together' },
    version: versionOf('pixels', JSON.stringify([to, views])),
    describe: ({ images }) => {
      const out = new Float32Array(each * views.length);
      resizers.forEach(({ index, resizer }, i) =>
        out.set(
          Float32Array.from(resizer.resize(images[index]), (byte) => byte / 255),
          i * each,
        ),
      );
      return Promise.resolve(out);
    },
    dispose: () => Promise.resolve(),
  };
}

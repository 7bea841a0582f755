/** Frames of a demonstration that prompts show beside what is to be judged. */
import { existsSync, statSync } from 'node:fs';
import sharp from 'sharp';
import { ConfigError } from '../../../config/config-error.js';
import { resolveBeside } from '../../../config/paths.js';
import { imagesOf } from '../../../robot/image-spec.js';
import type { CriticContext } from '../../create-critics.js';
import { recordedEpisodes } from '../../recorded-episodes.js';
import type { RecordedEpisode } from '../../clip-assembler.js';
import { evenly } from './frame-selection.js';
import { dataUrl, Pictures, viewsOf, type PictureFormat, type Shot } from './pictures.js';

export type ReferenceSettings = {
  /** a folder with bags, or image files of one camera in order */
  readonly source: string | readonly string[];
  /** as they are called in the settings */
  readonly cameras: readonly string[];
  /** at most so many frames of a bag */
  readonly frames: number;
  readonly picture: PictureFormat;
};

/** Images of a phone are a dozen megapixels; what is larger than this was not meant. */
const pixelLimit = 50e6;

/**
 * Frames of the demonstration in order: the files, or frames at even distance of the first success in the bags, with its first and last.
 * @throws ConfigError at `critics.<name>.reference` if there is no such file, bag, success, camera, or the bag is of another task
 */
export async function loadReference(context: CriticContext, settings: ReferenceSettings): Promise<Shot[]> {
  const { source, picture } = settings;
  const paths = typeof source === 'string' ? [source] : source;
  const found = paths.map((path) => existing(context, path));
  if (typeof source === 'string') return fromBags(context, found[0], settings);
  return Promise.all(found.map((path) => fromFile(context, path, picture)));
}

function complaint({ file, name }: CriticContext, problem: string): ConfigError {
  return new ConfigError(file, `critics.${name}.reference`, problem);
}

function existing(context: CriticContext, path: string): string {
  const found = resolveBeside(context.file, path);
  if (!existsSync(found)) throw complaint(context, `${path} is not there`);
  return found;
}

async function fromFile(context: CriticContext, path: string, picture: PictureFormat): Promise<Shot> {
  try {
    const image = sharp(path, { limitInputPixels: pixelLimit, failOn: 'warning' });
    return [{ camera: 'demonstration', url: await dataUrl(image.rotate().flatten(), picture) }];
  } catch (error) {
    throw complaint(context, `${path} is not an image that can be read: ${(error as Error).message}`);
  }
}

async function fromBags(
  context: CriticContext,
  folder: string,
  { cameras, frames, picture }: ReferenceSettings,
): Promise<Shot[]> {
  if (!statSync(folder).isDirectory())
    throw complaint(context, `${folder} is not a folder with a bag; image files are given as a list`);
  const { clip, observed } = await firstSuccess(context, folder);
  const shown = context.views === undefined ? imagesOf(observed, []) : context.images;
  const views = viewsOf(shown, cameras);
  if (typeof views === 'string') {
    const seen = shown.length === 0 ? 'no camera' : shown.map(({ camera }) => camera).join(', ');
    throw complaint(context, `the episode ${clip.episode_id} in ${folder} shows ${seen}, not ${views}`);
  }
  const pictures = new Pictures(views, picture);
  return Promise.all(evenly(clip.moments, frames).map((moment) => pictures.of(moment)));
}

async function firstSuccess(context: CriticContext, folder: string): Promise<RecordedEpisode> {
  try {
    for await (const episode of recordedEpisodes([folder], { reward: context })) {
      if (episode.task !== context.task.name)
        throw complaint(context, `${folder} was recorded at task ${episode.task}, not ${context.task.name}`);
      if (episode.ended.outcome === 'success') return episode;
    }
  } catch (error) {
    if (error instanceof ConfigError && error.file === context.file) throw error;
    throw complaint(context, `${folder} cannot be read: ${(error as Error).message}`);
  }
  throw complaint(context, `${folder} holds no episode that succeeded`);
}

/** Frames of recorded episodes, as the observation had them. */
import sharp from 'sharp';
import { channelsOf, imagesOf, type ImageSpec } from '../../../robot/image-spec.js';
import type { RecordedEpisode } from '../../../reward/clip-assembler.js';
import { recordedEpisodes } from '../../../reward/recorded-episodes.js';

/** What one camera saw, evenly apart in time. */
export type Strip = {
  readonly camera: string;
  /** px */
  readonly width: number;
  readonly height: number;
  readonly jpegs: readonly Buffer[];
};

/** An episode's strips, one per camera, and when its moments were, s since the first. */
export type EpisodeFilm = { readonly times: readonly number[]; readonly strips: readonly Strip[] };

/** Frames of a strip; each stands for an equal share of the time, and is from the middle of it. */
const frames = 8;

/**
 * Reads bags once more for the episodes that are shown.
 * @param wanted places among the finished episodes of the folders
 */
export async function readFilms(
  folders: readonly string[],
  wanted: ReadonlySet<number>,
): Promise<Map<number, EpisodeFilm>> {
  const films = new Map<number, EpisodeFilm>();
  let index = 0;
  for await (const episode of recordedEpisodes(folders)) {
    if (wanted.has(index)) films.set(index, await filmOf(episode));
    index++;
    if (films.size === wanted.size) break;
  }
  return films;
}

async function filmOf({ clip: { moments }, observed }: RecordedEpisode): Promise<EpisodeFilm> {
  const strips: Strip[] = [];
  const shown = Array.from({ length: frames }, (_, i) =>
    Math.min(moments.length - 1, Math.round(((i + 0.5) / frames) * (moments.length - 1))),
  );
  for (const [i, spec] of imagesOf(observed, []).entries()) {
    const jpegs: Buffer[] = [];
    for (const index of shown) jpegs.push(await toJpeg(moments[index].observed.images[i], spec));
    strips.push({ camera: spec.camera, width: spec.width, height: spec.height, jpegs });
  }
  return { times: moments.map(({ time }) => time), strips };
}

function toJpeg(pixels: Uint8Array, spec: ImageSpec): Promise<Buffer> {
  const channels = channelsOf(spec) === 1 ? 1 : 3;
  const raw = { width: spec.width, height: spec.height, channels } as const;
  return sharp(pixels, { raw }).jpeg({ quality: 80 }).toBuffer();
}

/** Frames of a filmed episode, out of its bag. */
import { existsSync } from 'node:fs';
import { BagReader } from '../../bag/reader.js';
import { createCodec } from '../../interfaces/codec.js';
import type { Image as ImageMessage } from '../../interfaces/graft-messages.js';
import { encodeJpeg } from '../../sim/camera/encode.js';

/** A frame as a JPEG file; `time` is in seconds of the simulation since the first frame. */
export type FilmFrame = { readonly time: number; readonly jpeg: Buffer };

/** The topic that is filmed, without its namespace. */
const topicEnd = 'scene/image_raw';

/**
 * `count` frames of a bag's camera, evenly apart, the first and the last among them.
 * @returns none if there is no bag or it has no image
 */
export async function readFilm(bag: string, count: number): Promise<FilmFrame[]> {
  if (!existsSync(bag)) return [];
  const reader = await BagReader.open(bag);
  try {
    const topic = reader.topics().find(({ name }) => name.endsWith(topicEnd));
    if (topic === undefined) return [];
    const wanted = new Set(evenlyApart(topic.count, count));
    const codec = createCodec('sensor_msgs/msg/Image');
    const frames: FilmFrame[] = [];
    let index = 0;
    let start: number | undefined;
    for await (const { data } of reader.messages({ topics: [topic.name] })) {
      if (wanted.has(index++)) {
        const image = codec.decode(data);
        const time = image.header.stamp.sec + image.header.stamp.nanosec / 1e9;
        start ??= time;
        frames.push({ time: time - start, jpeg: await toJpeg(image) });
      }
    }
    return frames;
  } finally {
    await reader.close();
  }
}

/** Up to `count` of the indices 0 to `length - 1`, evenly apart, with both ends. */
export function evenlyApart(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}

function toJpeg({ width, height, step, encoding, data }: ImageMessage): Promise<Buffer> {
  if (encoding !== 'rgb8') throw new Error(`${topicEnd} has encoding ${encoding}, expected rgb8`);
  const row = 3 * width;
  const packed = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) packed.set(data.subarray(y * step, y * step + row), y * row);
  return encodeJpeg({ width, height, data: packed }, 80);
}

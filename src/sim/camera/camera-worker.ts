/** A worker thread that draws and encodes pictures of a simulation's cameras. */
import { parentPort, workerData } from 'node:worker_threads';
import { encodeJpeg, encodePng } from './encode.js';
import type { FrameState } from './frame-state.js';
import type { GeomShapes } from './geom-shapes.js';
import { Renderer } from './renderer.js';
import type { Layer, Picture, PictureOptions } from './renderer.js';

/** How the colours of a picture are compressed; `quality` from 1 to 100 is JPEG's. */
export type Compression = { readonly format: 'jpeg' | 'png'; readonly quality: number };

/** What a thread draws: the geoms, and its cameras' pictures. */
export type ThreadScene = { readonly shapes: GeomShapes; readonly cameras: readonly PictureOptions[] };

/** One picture to draw; `camera` is an index into the thread's cameras. */
export type PictureOrder = {
  readonly camera: number;
  readonly frame: FrameState;
  readonly layers: readonly Layer[];
  /** The layer colour also as a file. */
  readonly compression?: Compression;
};

/** A picture; `file` is the compressed image, if it was ordered. */
export type ThreadPicture = Picture & { readonly file: Uint8Array<ArrayBuffer> | undefined };

const port = parentPort;
if (port !== null) {
  const { shapes, cameras } = workerData as ThreadScene;
  const renderers = cameras.map((options) => new Renderer(shapes, options));
  port.on('message', (order: PictureOrder) => {
    // What goes wrong here ends the thread: an unhandled rejection does, and its owner starts a new one.
    void draw(renderers[order.camera], order).then((picture) => port.postMessage(picture, buffers(picture)));
  });
}

async function draw(renderer: Renderer, order: PictureOrder): Promise<ThreadPicture> {
  const { frame, layers, compression } = order;
  const picture = renderer.draw(frame, layers);
  const { width, height, colour } = picture;
  if (compression === undefined || colour === undefined) return { ...picture, file: undefined };
  const image = { width, height, data: colour };
  const file = compression.format === 'png' ? encodePng(image) : encodeJpeg(image, compression.quality);
  return { ...picture, file: Uint8Array.from(await file) };
}

/** Memory that a picture takes along instead of being copied. */
function buffers({ colour, depth, segmentation, file }: ThreadPicture): ArrayBuffer[] {
  return [colour, depth, segmentation, file].flatMap((data) => (data === undefined ? [] : [data.buffer]));
}

/** Observations as the inputs of a policy's ONNX file. */
import type { ShapedValues } from '../engine/index.js';
import { channelsOf, type ImageSpec, type Observed } from '../robot/image-spec.js';
import { standardise } from '../robot/normalisation.js';
import { manifestStandardisation, type Manifest, type PixelScaling } from './manifest.js';

/** Everything that the file is fed with for one observation. A file without state inputs is fed images alone. */
export function observationFeeds(
  { state, images }: Observed,
  manifest: Manifest,
): Record<string, ShapedValues> {
  const { input: name, images: inputs } = manifest.observation;
  const feeds: Record<string, ShapedValues> = {};
  inputs.forEach((image, i) => {
    if (image.input === undefined) return;
    feeds[image.input] = { data: imageTensor(images[i], image), shape: imageShape(image) };
  });
  if (state.length === 0) return feeds;
  const standardisation = manifestStandardisation(manifest);
  const data = standardisation === undefined ? state : standardise(state, standardisation);
  return { ...feeds, [name]: { data, shape: [1, data.length] } };
}

/** An image and how it is scaled and laid out. */
type Pixels = PixelScaling & { readonly image: ImageSpec };

/** Shape of the ONNX input, with a batch of one. */
export function imageShape({ image, layout }: Pixels): number[] {
  const { height, width } = image;
  const channels = channelsOf(image);
  return layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels];
}

/**
 * (bytes * scale - mean) / std per channel, in the input's layout.
 * @param pixels row-major, channels last
 */
export function imageTensor(pixels: Uint8Array, { image, layout, scale, mean, std }: Pixels): Float32Array {
  const channels = channelsOf(image);
  const size = image.width * image.height;
  const out = new Float32Array(pixels.length);
  for (let channel = 0; channel < channels; channel++) {
    const factor = scale / (std?.[channel] ?? 1);
    const offset = (mean?.[channel] ?? 0) / (std?.[channel] ?? 1);
    const [start, stride] = layout === 'nchw' ? [channel * size, 1] : [channel, channels];
    for (let pixel = 0, to = start; pixel < size; pixel++, to += stride)
      out[to] = pixels[channels * pixel + channel] * factor - offset;
  }
  return out;
}

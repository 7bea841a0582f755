/** From a camera's image to the observed one: crop, resize, change of encoding. Pure; runs once per frame. */
import { channelsOf, imageBytes, type ImageSpec } from './image-spec.js';

/** Encodings of sensor_msgs/Image that can be observed; 16UC1 is depth in mm (REP-118), 32FC1 depth in m. */
export const cameraEncodings = ['rgb8', 'bgr8', 'rgba8', 'bgra8', 'mono8', '16UC1', '32FC1'] as const;
export type CameraEncoding = (typeof cameraEncodings)[number];

/** A camera's image: `height` rows of `step` bytes. */
export type CameraImage = {
  readonly width: number;
  readonly height: number;
  readonly encoding: string;
  readonly is_bigendian: number;
  readonly step: number;
  readonly data: Uint8Array;
};

/** Bytes a pixel of each encoding. */
const pixelBytes: Record<CameraEncoding, number> = {
  rgb8: 3,
  bgr8: 3,
  rgba8: 4,
  bgra8: 4,
  mono8: 1,
  '16UC1': 2,
  '32FC1': 4,
};

/** Shares of red, green and blue in brightness (ITU-R BT.601). */
const brightness = [0.299, 0.587, 0.114] as const;

/** Why an image cannot be observed as `spec` has it, or undefined if it can. */
export function imageProblem(image: CameraImage, spec: ImageSpec): string | undefined {
  const { width, height, encoding, step, data } = image;
  if (!isCameraEncoding(encoding))
    return `encoding ${encoding === '' ? 'is empty' : encoding}, expected ${cameraEncodings.join(', ')}`;
  if (width < 1 || height < 1) return `size ${width} x ${height}`;
  if (step < width * pixelBytes[encoding])
    return `step ${step}, a row of ${encoding} takes ${width * pixelBytes[encoding]}`;
  if (data.length < height * step) return `${data.length} bytes, expected ${height} rows of ${step}`;
  if (isDepth(encoding) && spec.range_m === undefined)
    return `depth (${encoding}), and the observation has no range_m`;
  if (!isDepth(encoding) && spec.range_m !== undefined)
    return `encoding ${encoding}, the observation expects depth`;
  if (encoding === 'mono8' && spec.encoding === 'rgb8') return 'mono8, the observation expects colours';
  return undefined;
}

function isCameraEncoding(encoding: string): encoding is CameraEncoding {
  return (cameraEncodings as readonly string[]).includes(encoding);
}

function isDepth(encoding: CameraEncoding): boolean {
  return encoding === '16UC1' || encoding === '32FC1';
}

/**
 * The observed image: the crop's pixels averaged over the area that each new pixel covers, so that nothing between samples
 * is lost when an image shrinks. An image that has the size and the encoding already is copied.
 * @returns `imageBytes(spec)` bytes
 * @throws RangeError for what `imageProblem` names
 */
export function fitImage(image: CameraImage, spec: ImageSpec): Uint8Array {
  const problem = imageProblem(image, spec);
  if (problem !== undefined) throw new RangeError(`image of ${spec.camera}: ${problem}`);
  const isWhole = spec.crop.every((share, i) => share === (i < 2 ? 0 : 1));
  const hasSize = image.width === spec.width && image.height === spec.height;
  if (isWhole && hasSize && image.encoding === spec.encoding) return packed(image, spec);
  const [left, top, right, bottom] = spec.crop;
  const columns = coverage(left * image.width, right * image.width, spec.width, image.width);
  const rows = coverage(top * image.height, bottom * image.height, spec.height, image.height);
  const kind = image.encoding as CameraEncoding;
  const plane = isDepth(kind) ? nearness(image, spec, columns, rows) : colours(image, kind);
  const out = new Uint8Array(imageBytes(spec));
  const write = pixelWriter(kind, spec, out);
  const average = plane.channels === 1 ? averageOne : averageColours;
  const pixel = new Float64Array(3);
  for (let y = 0; y < spec.height; y++) {
    for (let x = 0; x < spec.width; x++) {
      average(plane, columns, x, rows, y, pixel);
      write(y * spec.width + x, pixel);
    }
  }
  return out;
}

/** Copy without the padding at the end of rows. */
function packed({ data, step }: CameraImage, spec: ImageSpec): Uint8Array {
  const row = spec.width * channelsOf(spec);
  if (step === row) return data.slice(0, row * spec.height);
  const out = new Uint8Array(row * spec.height);
  for (let y = 0; y < spec.height; y++) out.set(data.subarray(y * step, y * step + row), y * row);
  return out;
}

/** Which of an axis' pixels each new pixel covers: from `first` to before `end`, with shares from `weights[offset]` on. */
type Coverage = {
  readonly first: Int32Array;
  readonly end: Int32Array;
  readonly offset: Int32Array;
  readonly weights: Float64Array;
};

/** @param from @param to the part of an axis of `size` pixels that becomes `count` pixels, px */
function coverage(from: number, to: number, count: number, size: number): Coverage {
  const length = (to - from) / count;
  const [first, end, offset] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  const weights: number[] = [];
  for (let part = 0; part < count; part++) {
    const [start, stop] = [from + part * length, from + (part + 1) * length];
    first[part] = Math.min(size - 1, Math.floor(start + 1e-9));
    end[part] = Math.max(first[part] + 1, Math.min(size, Math.ceil(stop - 1e-9)));
    offset[part] = weights.length;
    const isOne = end[part] - first[part] === 1;
    for (let i = first[part]; i < end[part]; i++)
      weights.push(isOne ? 1 : (Math.min(i + 1, stop) - Math.max(i, start)) / length);
  }
  return { first, end, offset, weights: Float64Array.from(weights) };
}

/** Numbers by row and column, `channels` of each pixel one after the other; rows are `stride` numbers apart. */
type Plane = {
  readonly values: Uint8Array | Float32Array;
  readonly stride: number;
  readonly channels: number;
};

/** Averages are linear, so colours are averaged as the camera has them and put in order in the new pixels only. */
function colours({ data, step }: CameraImage, encoding: CameraEncoding): Plane {
  return { values: data, stride: step, channels: pixelBytes[encoding] };
}

/**
 * The weighted average of the first three channels in the area of the new pixel (x, y). This is most of the time that
 * fitting takes: what the inner loop reads is in plain variables, without which it takes half as long again.
 */
function averageColours(
  { values, stride, channels }: Plane,
  columns: Coverage,
  x: number,
  rows: Coverage,
  y: number,
  pixel: Float64Array,
): void {
  const { weights } = columns;
  const from = columns.first[x];
  const to = columns.end[x];
  const offset = columns.offset[x];
  const last = rows.end[y];
  let first = 0;
  let second = 0;
  let third = 0;
  for (let row = rows.first[y], j = rows.offset[y]; row < last; row++, j++) {
    const ofRow = rows.weights[j];
    let at = row * stride + from * channels;
    for (let column = from, i = offset; column < to; column++, i++, at += channels) {
      const share = ofRow * weights[i];
      first += share * values[at];
      second += share * values[at + 1];
      third += share * values[at + 2];
    }
  }
  pixel[0] = first;
  pixel[1] = second;
  pixel[2] = third;
}

/** As `averageColours` where there is one channel. */
function averageOne(
  { values, stride }: Plane,
  columns: Coverage,
  x: number,
  rows: Coverage,
  y: number,
  pixel: Float64Array,
): void {
  const { weights } = columns;
  const from = columns.first[x];
  const to = columns.end[x];
  const offset = columns.offset[x];
  const last = rows.end[y];
  let sum = 0;
  for (let row = rows.first[y], j = rows.offset[y]; row < last; row++, j++) {
    const ofRow = rows.weights[j];
    const start = row * stride;
    for (let column = from, i = offset; column < to; column++, i++)
      sum += ofRow * weights[i] * values[start + column];
  }
  pixel[0] = sum;
}

/** Writes a new pixel, given in the camera's order of channels, as the observation has it. */
function pixelWriter(
  kind: CameraEncoding,
  { encoding }: ImageSpec,
  out: Uint8Array,
): (index: number, pixel: Float64Array) => void {
  const [red, blue] = kind.startsWith('bgr') ? [2, 0] : [0, 2];
  if (encoding === 'rgb8')
    return (index, pixel) => {
      out[3 * index] = Math.round(pixel[red]);
      out[3 * index + 1] = Math.round(pixel[1]);
      out[3 * index + 2] = Math.round(pixel[blue]);
    };
  if (isDepth(kind) || kind === 'mono8') return (index, pixel) => void (out[index] = Math.round(pixel[0]));
  const [r, g, b] = brightness;
  return (index, pixel) => void (out[index] = Math.round(r * pixel[red] + g * pixel[1] + b * pixel[blue]));
}

/** Depth of the covered pixels from `near` (0) to `far` (255); no measurement (0, not finite) counts as far. */
function nearness(image: CameraImage, spec: ImageSpec, columns: Coverage, rows: Coverage): Plane {
  const { width, height, step, data, encoding, is_bigendian } = image;
  const [near, far] = spec.range_m ?? [0, 1];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [isShort, isLittle] = [encoding === '16UC1', is_bigendian === 0];
  const bytes = pixelBytes[isShort ? '16UC1' : '32FC1'];
  const values = new Float32Array(width * height);
  const scale = 255 / (far - near);
  for (let row = rows.first[0]; row < rows.end[spec.height - 1]; row++) {
    for (let column = columns.first[0]; column < columns.end[spec.width - 1]; column++) {
      const at = row * step + column * bytes;
      const depth = isShort ? view.getUint16(at, isLittle) / 1000 : view.getFloat32(at, isLittle);
      const value = (depth - near) * scale;
      // NaN is not above 0 either.
      if (!(depth > 0) || value > 255) values[row * width + column] = 255;
      else values[row * width + column] = value < 0 ? 0 : value;
    }
  }
  return { values, stride: width, channels: 1 };
}

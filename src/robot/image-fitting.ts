/** From a camera's image to the observed one: crop, resize, change of encoding. Pure; runs once per camera and step. */
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
const brightness = [0.299, 0.587, 0.114];

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
  if (
    isWhole &&
    image.width === spec.width &&
    image.height === spec.height &&
    image.encoding === spec.encoding
  )
    return packed(image, spec);
  const [left, top, right, bottom] = spec.crop;
  const columns = coverage(left * image.width, right * image.width, spec.width, image.width);
  const rows = coverage(top * image.height, bottom * image.height, spec.height, image.height);
  const out = new Uint8Array(imageBytes(spec));
  const channels = channelsOf(spec);
  const read = pixelReader(image, spec);
  const pixel = new Float64Array(3);
  const sum = new Float64Array(3);
  for (let y = 0, to = 0; y < spec.height; y++) {
    for (let x = 0; x < spec.width; x++, to += channels) {
      sum.fill(0);
      for (let j = rows.first[y]; j < rows.end[y]; j++) {
        const weight = rows.weight(y, j);
        for (let i = columns.first[x]; i < columns.end[x]; i++) {
          read(i, j, pixel);
          const share = weight * columns.weight(x, i);
          for (let k = 0; k < channels; k++) sum[k] += share * pixel[k];
        }
      }
      for (let k = 0; k < channels; k++) out[to + k] = Math.round(sum[k]);
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

/** Which of `size` pixels each of `count` equal parts of [from, to) covers, and by which share of the part. */
type Coverage = {
  readonly first: Int32Array;
  readonly end: Int32Array;
  readonly weight: (part: number, pixel: number) => number;
};

function coverage(from: number, to: number, count: number, size: number): Coverage {
  const length = (to - from) / count;
  const first = new Int32Array(count);
  const end = new Int32Array(count);
  for (let part = 0; part < count; part++) {
    first[part] = Math.min(size - 1, Math.floor(from + part * length + 1e-9));
    end[part] = Math.max(first[part] + 1, Math.min(size, Math.ceil(from + (part + 1) * length - 1e-9)));
  }
  const weight = (part: number, pixel: number): number => {
    const start = from + part * length;
    if (end[part] - first[part] === 1) return 1;
    return (Math.min(pixel + 1, start + length) - Math.max(pixel, start)) / length;
  };
  return { first, end, weight };
}

type PixelReader = (column: number, row: number, into: Float64Array) => void;

/** Reads a pixel as the observation has it: red, green, blue or brightness or nearness in the first entry, 0 to 255. */
function pixelReader({ data, step, encoding, is_bigendian }: CameraImage, spec: ImageSpec): PixelReader {
  const kind = encoding as CameraEncoding;
  if (isDepth(kind)) return depthReader(data, step, kind, is_bigendian === 0, spec);
  const bytes = pixelBytes[kind];
  const [red, blue] = kind.startsWith('bgr') ? [2, 0] : [0, 2];
  if (kind === 'mono8') return (column, row, into) => void (into[0] = data[row * step + column]);
  if (spec.encoding === 'mono8')
    return (column, row, into) => {
      const at = row * step + column * bytes;
      into[0] =
        brightness[0] * data[at + red] + brightness[1] * data[at + 1] + brightness[2] * data[at + blue];
    };
  return (column, row, into) => {
    const at = row * step + column * bytes;
    into[0] = data[at + red];
    into[1] = data[at + 1];
    into[2] = data[at + blue];
  };
}

/** Depth from `near` (0) to `far` (255); no measurement (0 mm, not finite) counts as far. */
function depthReader(
  data: Uint8Array,
  step: number,
  encoding: CameraEncoding,
  littleEndian: boolean,
  { range_m: [near, far] = [0, 1], encoding: wanted }: ImageSpec,
): PixelReader {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const metres =
    encoding === '16UC1'
      ? (at: number): number => view.getUint16(at, littleEndian) / 1000 || Infinity
      : (at: number): number => view.getFloat32(at, littleEndian);
  const bytes = pixelBytes[encoding];
  return (column, row, into) => {
    const depth = metres(row * step + column * bytes);
    const share = Number.isFinite(depth) && depth > 0 ? (depth - near) / (far - near) : 1;
    into.fill(255 * Math.min(1, Math.max(0, share)), 0, wanted === 'rgb8' ? 3 : 1);
  };
}

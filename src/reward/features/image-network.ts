/** Any network that makes numbers of one image, such as one trained on ImageNet or the image side of CLIP. */
import { ConfigError } from '../../config/config-error.js';
import { requireKnownName } from '../../config/known-name.js';
import { resolveBeside } from '../../config/paths.js';
import { loadOnnx, type OnnxModel, type OnnxPort } from '../../engine/index.js';
import { imageShape, imageTensor } from '../../policy/image-input.js';
import type { PixelScaling } from '../../policy/manifest.js';
import type { ImageSpec } from '../../robot/image-spec.js';
import { onnxVersion, versionOf } from '../version.js';
import { viewsOf, type FeatureContext, type FeatureSettings, type FrameFeatures } from './frame-features.js';
import { efficientNetPorts } from './efficientnet-lite.js';
import { ImageResizer } from './image-resizer.js';

/** How a network is fed; `input` and `output` default to its only input and its first output, `size` to that of its file. */
export type NetworkSettings = PixelScaling & {
  readonly file: string;
  readonly input?: string;
  readonly output?: string;
  /** px */
  readonly size?: number;
};

/** The errors' whereabouts. */
type Place = { readonly file: string; readonly key: string };

export class ImageNetwork {
  readonly #resizers = new Map<ImageSpec, ImageResizer>();

  private constructor(
    readonly version: string,
    private readonly model: OnnxModel,
    private readonly image: ImageSpec,
    private readonly settings: NetworkSettings & { readonly input: string; readonly output: string },
    private readonly file: string,
  ) {}

  /**
   * @param place where the settings are
   * @throws ConfigError if the file cannot be run, or has other inputs and outputs than the settings say
   */
  static async load(place: Place, settings: NetworkSettings): Promise<ImageNetwork> {
    const file = resolveBeside(place.file, settings.file);
    const version = versionOf(onnxVersion(file), JSON.stringify({ ...settings, file: '' }));
    const model = await loadOnnx(file).catch((error: unknown) => {
      throw new ConfigError(file, '', `is not an ONNX file that can be run: ${(error as Error).message}`);
    });
    try {
      const input = imagePort(place, settings, model, file);
      const image = inputImage(place, settings, input, file);
      const output = settings.output ?? model.outputs[0].name;
      const outputs = model.outputs.map(({ name }) => name);
      requireKnownName('output', output, outputs, `${place.key}.output`, place.file);
      const complete = { ...settings, input: input.name, output };
      return new ImageNetwork(version, model, image, complete, file);
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  /**
   * What the network says of an image of any size.
   * @throws Error if the network does not take it, or says something that is not finite
   */
  async describe(pixels: Uint8Array, from: ImageSpec): Promise<Float32Array> {
    let resizer = this.#resizers.get(from);
    if (resizer === undefined) {
      resizer = new ImageResizer(from, this.image);
      this.#resizers.set(from, resizer);
    }
    const { input, output, layout, scale, mean, std } = this.settings;
    const scaling = { layout, scale, ...(mean && { mean }), ...(std && { std }), image: this.image };
    const feed = { data: imageTensor(resizer.resize(pixels), scaling), shape: imageShape(scaling) };
    const { data } = (await this.model.run({ [input]: feed }))[output];
    if (!data.every(Number.isFinite)) throw new Error(`${this.file} returned a feature that is not finite`);
    return data;
  }

  /** How many numbers the network gives; asked of it with a black image. @throws ConfigError if it cannot be run */
  async size(): Promise<number> {
    const { width, height } = this.image;
    const black = new Uint8Array(3 * width * height);
    const described = await this.describe(black, this.image).catch((error: unknown) => {
      throw new ConfigError(this.file, '', `cannot be run on an image: ${(error as Error).message}`);
    });
    return described.length;
  }

  dispose(): Promise<void> {
    return this.model.dispose();
  }
}

/** What a network makes of each view, one after the other. @throws ConfigError as `ImageNetwork.load` and `viewsOf` */
export async function networkFeatures(
  context: FeatureContext,
  settings: FeatureSettings,
): Promise<FrameFeatures> {
  const { cameras, ...network } = settings as unknown as NetworkSettings & { cameras?: readonly string[] };
  const views = viewsOf(context, cameras);
  const model = await ImageNetwork.load(context, network);
  const each = await model.size();
  return {
    ...{ size: each * views.length, standardise: 'together' },
    version: versionOf('onnx', model.version, JSON.stringify(views)),
    describe: async ({ images }) => {
      const out = new Float32Array(each * views.length);
      for (const [i, { index, image }] of views.entries())
        out.set(await model.describe(images[index], image), i * each);
      return out;
    },
    dispose: () => model.dispose(),
  };
}

/** The file that `graft reward features` makes: it scales bytes by itself. */
export function efficientNetFeatures(
  context: FeatureContext,
  settings: FeatureSettings,
): Promise<FrameFeatures> {
  const { input, features: output } = efficientNetPorts;
  return networkFeatures(context, { ...settings, input, output, layout: 'nchw', scale: 1 });
}

function imagePort(
  { file, key }: Place,
  { input }: NetworkSettings,
  model: OnnxModel,
  onnx: string,
): OnnxPort {
  const names = model.inputs.map(({ name }) => name);
  if (names.length !== 1)
    throw new ConfigError(onnx, '', `has the inputs ${names.join(', ')}, expected one, for the image`);
  if (input !== undefined) requireKnownName('input', input, names, `${key}.input`, file);
  return model.inputs[0];
}

/** The image that the input takes. @throws ConfigError if it takes none, or leaves its size open and the settings do, too */
function inputImage(
  { file, key }: Place,
  { layout, size }: NetworkSettings,
  port: OnnxPort,
  onnx: string,
): ImageSpec {
  const [, ...shape] = port.shape;
  const [channels, height, width] = layout === 'nchw' ? shape : [shape[2], shape[0], shape[1]];
  if (port.dtype !== 'float32' || shape.length !== 3 || (isSize(channels) && channels !== 3))
    throw new ConfigError(
      onnx,
      port.name,
      `is ${port.dtype} [${port.shape.join(', ')}], expected float32 with 3 channels (layout ${layout})`,
    );
  const pixels = [height, width].map((dimension) => {
    if (isSize(dimension) && size !== undefined && size !== dimension)
      throw new ConfigError(file, `${key}.size`, `is ${size}, ${onnx} takes ${dimension}`);
    const known = isSize(dimension) ? dimension : size;
    if (known === undefined) throw new ConfigError(file, `${key}.size`, `is missing: ${onnx} leaves it open`);
    return known;
  });
  return { camera: '', width: pixels[1], height: pixels[0], encoding: 'rgb8', crop: [0, 0, 1, 1] };
}

/** Dimensions that a file leaves open are names or -1. */
function isSize(dimension: number | string | undefined): dimension is number {
  return typeof dimension === 'number' && dimension > 0;
}

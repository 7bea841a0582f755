/**
 * EfficientNet-Lite (Tan and Le 2019; the Lite variants: tensorflow/tpu, models/official/efficientnet/lite) as an ONNX file: inverted
 * residual blocks with ReLU6 and without squeeze-and-excitation. Names of weights are those of PyPI's `efficientnet-lite-pytorch`.
 */
import { ConvolutionNet, foldBatchNorm, type Convolution, type FeatureMap } from '../../engine/index.js';
import type { TorchTensor } from './torch-file.js';

/** Blocks in a row: the first has the stride, all have `channels` outputs. */
export type BlockGroup = {
  readonly repeats: number;
  readonly kernel: number;
  readonly stride: number;
  /** hidden channels for each of the input's; 1 leaves the expansion out */
  readonly expand: number;
  readonly channels: number;
};

/** Sizes of a network: channels of the first convolution and of the last. */
export type EfficientNetShape = {
  readonly stem: number;
  readonly groups: readonly BlockGroup[];
  readonly head: number;
};

export const efficientNetLite0: EfficientNetShape = {
  stem: 32,
  groups: [
    { repeats: 1, kernel: 3, stride: 1, expand: 1, channels: 16 },
    { repeats: 2, kernel: 3, stride: 2, expand: 6, channels: 24 },
    { repeats: 2, kernel: 5, stride: 2, expand: 6, channels: 40 },
    { repeats: 3, kernel: 3, stride: 2, expand: 6, channels: 80 },
    { repeats: 3, kernel: 5, stride: 1, expand: 6, channels: 112 },
    { repeats: 4, kernel: 5, stride: 2, expand: 6, channels: 192 },
    { repeats: 1, kernel: 3, stride: 1, expand: 6, channels: 320 },
  ],
  head: 1280,
};

/** Bytes become (byte - 127) / 128, as the networks were trained. */
const [pixelMean, pixelScale] = [127, 128];

/** What the batch norms add to the variance. */
const epsilon = 1e-3;

/** Names in the ONNX file. */
export const efficientNetPorts = { input: 'pixels', features: 'features', logits: 'logits' } as const;

export type EfficientNetOptions = {
  readonly shape?: EfficientNetShape;
  /** of the square input, px; the networks were trained on 224 */
  readonly size?: number;
  /** whether the classes' logits are a second output */
  readonly logits?: boolean;
};

/**
 * The network's ONNX file: `pixels` [1, 3, size, size], 0 to 255, in; `features` [1, head], the mean of the last convolution over
 * the image, out.
 * @throws Error naming the tensor if one is missing or has another shape
 */
export function efficientNetLite(
  tensors: ReadonlyMap<string, TorchTensor>,
  { shape = efficientNetLite0, size = 224, logits = false }: EfficientNetOptions = {},
): Uint8Array {
  const net = new ConvolutionNet({ name: efficientNetPorts.input, channels: 3, height: size, width: size });
  const layers = new Layers(net, tensors);
  const pixels = net.scale(net.input, 1 / pixelScale, -pixelMean / pixelScale);
  const stem = { channels: shape.stem, kernel: 3, stride: 2 };
  let x = layers.convolve(pixels, '_conv_stem', '_bn0', stem);
  let index = 0;
  for (const { repeats, stride, ...group } of shape.groups)
    for (let i = 0; i < repeats; i++)
      x = layers.block(x, `_blocks.${index++}.`, { ...group, stride: i === 0 ? stride : 1 });
  const head = { channels: shape.head, kernel: 1, stride: 1 };
  const features = net.pool(layers.convolve(x, '_conv_head', '_bn1', head));
  const outputs = { [efficientNetPorts.features]: features };
  if (!logits) return net.encode(outputs);
  const classes = layers.dense('_fc', features.size);
  return net.encode({
    ...outputs,
    [efficientNetPorts.logits]: net.dense(features, classes.weight, classes.bias),
  });
}

type LayerShape = {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly depthwise?: boolean;
  readonly activation?: Convolution['activation'];
};

class Layers {
  constructor(
    private readonly net: ConvolutionNet,
    private readonly tensors: ReadonlyMap<string, TorchTensor>,
  ) {}

  /** A convolution with its batch norm. */
  convolve(x: FeatureMap, name: string, norm: string, layer: LayerShape): FeatureMap {
    const { channels, kernel, stride, depthwise = false, activation = 'relu6' } = layer;
    const groups = depthwise ? channels : 1;
    const weight = this.#tensor(`${name}.weight`, [channels, x.channels / groups, kernel, kernel]);
    const parameters = ['weight', 'bias', 'running_mean', 'running_var'];
    const [gamma, beta, mean, variance] = parameters.map((part) =>
      this.#tensor(`${norm}.${part}`, [channels]),
    );
    const folded = foldBatchNorm(weight, { gamma, beta, mean, variance, epsilon });
    return this.net.convolve(x, { ...folded, kernel, stride, groups, activation });
  }

  /** Expand, convolve each channel by itself, project; with a way around where the size stays. */
  block(x: FeatureMap, prefix: string, group: Omit<BlockGroup, 'repeats'>): FeatureMap {
    const { kernel, stride, expand, channels } = group;
    const hidden = x.channels * expand;
    const narrow = { kernel: 1, stride: 1 };
    let y = x;
    if (expand !== 1)
      y = this.convolve(y, `${prefix}_expand_conv`, `${prefix}_bn0`, { channels: hidden, ...narrow });
    const depthwise = { channels: hidden, kernel, stride, depthwise: true };
    y = this.convolve(y, `${prefix}_depthwise_conv`, `${prefix}_bn1`, depthwise);
    const projection = { channels, ...narrow, activation: 'none' } as const;
    y = this.convolve(y, `${prefix}_project_conv`, `${prefix}_bn2`, projection);
    return stride === 1 && x.channels === channels ? this.net.add(y, x) : y;
  }

  /** A dense layer's weight [out, in] and bias [out]; how many classes there are is the file's. */
  dense(name: string, inputs: number): { readonly weight: Float32Array; readonly bias: Float32Array } {
    const classes = this.tensors.get(`${name}.bias`)?.shape[0] ?? 0;
    return {
      weight: this.#tensor(`${name}.weight`, [classes, inputs]),
      bias: this.#tensor(`${name}.bias`, [classes]),
    };
  }

  #tensor(name: string, shape: readonly number[]): Float32Array {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new Error(`tensor ${name} is missing`);
    if (tensor.shape.join() !== shape.join())
      throw new Error(
        `tensor ${name} has shape [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`,
      );
    return tensor.data;
  }
}

/** Convolution networks that were trained elsewhere, layer by layer as an ONNX graph for inference. */
import { OnnxGraph } from './onnx/graph.js';
import { sizeOf } from './values.js';

/** Values in the graph: [1, channels, height, width]. */
export type FeatureMap = {
  readonly name: string;
  readonly channels: number;
  /** px */
  readonly height: number;
  readonly width: number;
};

/** Values in the graph: [1, size]. */
export type FeatureVector = { readonly name: string; readonly size: number };

/** A square convolution with zeros around the image, so that a stride of 1 keeps its size. */
export type Convolution = {
  /** [out, in / groups, kernel, kernel] */
  readonly weight: Float32Array;
  /** [out] */
  readonly bias: Float32Array;
  readonly kernel: number;
  readonly stride: number;
  /** as many as channels for a depthwise convolution */
  readonly groups: number;
  readonly activation: 'relu6' | 'none';
};

/** What a batch norm learned, one number a channel; `epsilon` is added to the variance. */
export type BatchNorm = {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
};

/**
 * A convolution without bias and the batch norm behind it as one convolution: a norm that no longer learns is a factor and an offset
 * for each channel.
 * @param weight [out, ...]
 */
export function foldBatchNorm(
  weight: Float32Array,
  { gamma, beta, mean, variance, epsilon }: BatchNorm,
): Pick<Convolution, 'weight' | 'bias'> {
  const fan = weight.length / gamma.length;
  const scale = gamma.map((value, i) => value / Math.sqrt(variance[i] + epsilon));
  return {
    weight: weight.map((value, i) => value * scale[Math.floor(i / fan)]),
    bias: beta.map((value, i) => value - mean[i] * scale[i]),
  };
}

/** A network under construction: each call appends a layer and gives what comes out of it. */
export class ConvolutionNet {
  readonly #graph = new OnnxGraph();
  readonly input: FeatureMap;

  constructor(input: FeatureMap) {
    this.input = input;
  }

  /** x * factor + offset. */
  scale(x: FeatureMap, factor: number, offset: number): FeatureMap {
    const product = this.#graph.node('Mul', [x.name, this.#graph.scalar(factor)]);
    return { ...x, name: this.#graph.node('Add', [product, this.#graph.scalar(offset)]) };
  }

  /**
   * Padding is TensorFlow's SAME: ceil(size / stride) places, and where the zeros cannot be shared out evenly, one more at the right
   * and at the bottom.
   * @throws Error if weights or biases are not as many as the shape says
   */
  convolve(x: FeatureMap, convolution: Convolution): FeatureMap {
    const { weight, bias, kernel, stride, groups, activation } = convolution;
    const channels = bias.length;
    const shape = [channels, x.channels / groups, kernel, kernel];
    if (weight.length !== sizeOf(shape))
      throw new Error(`a convolution has ${weight.length} weights, expected [${shape.join(', ')}]`);
    const [rows, columns] = [x.height, x.width].map((size) => samePadding(size, kernel, stride));
    const name = this.#graph.node(
      'Conv',
      [
        x.name,
        this.#graph.constant(weight, shape, 'float32'),
        this.#graph.constant(bias, [channels], 'float32'),
      ],
      {
        ...{ kernel_shape: [kernel, kernel], strides: [stride, stride], group: groups },
        pads: [rows.before, columns.before, rows.after, columns.after],
      },
    );
    return {
      name: activation === 'none' ? name : this.#relu6(name),
      ...{ channels, height: rows.places, width: columns.places },
    };
  }

  /** Sum of two maps of one size, as around a residual block. */
  add(a: FeatureMap, b: FeatureMap): FeatureMap {
    return { ...a, name: this.#graph.node('Add', [a.name, b.name]) };
  }

  /** Mean of each channel over the whole map. */
  pool(x: FeatureMap): FeatureVector {
    const mean = this.#graph.node('ReduceMean', [x.name], { axes: [2, 3], keepdims: 0 });
    return { name: mean, size: x.channels };
  }

  /** @param weight [out, in]; @param bias [out] */
  dense(x: FeatureVector, weight: Float32Array, bias: Float32Array): FeatureVector {
    const size = bias.length;
    if (weight.length !== size * x.size)
      throw new Error(`a dense layer has ${weight.length} weights, expected [${size}, ${x.size}]`);
    const inputs = [
      x.name,
      this.#graph.constant(weight, [size, x.size], 'float32'),
      this.#graph.constant(bias, [size], 'float32'),
    ];
    return { name: this.#graph.node('Gemm', inputs, { transB: 1 }), size };
  }

  /** The ONNX file: one input, and the named outputs. */
  encode(outputs: Readonly<Record<string, FeatureVector>>): Uint8Array {
    const { name: input, channels, height, width } = this.input;
    for (const [name, vector] of Object.entries(outputs)) this.#graph.publish(vector.name, name);
    return this.#graph.encode(
      [[input, { shape: [1, channels, height, width] }]],
      Object.entries(outputs).map(([name, { size }]) => [name, { shape: [1, size] }] as const),
    );
  }

  #relu6(name: string): string {
    return this.#graph.node('Clip', [name, this.#graph.scalar(0), this.#graph.scalar(6)]);
  }
}

type Padding = { readonly places: number; readonly before: number; readonly after: number };

function samePadding(size: number, kernel: number, stride: number): Padding {
  const places = Math.ceil(size / stride);
  const missing = Math.max(0, (places - 1) * stride + kernel - size);
  return { places, before: Math.floor(missing / 2), after: Math.ceil(missing / 2) };
}

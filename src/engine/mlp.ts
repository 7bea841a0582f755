import type { Tensor } from '@tensorflow/tfjs';
import { initialUniform, initialWeight } from './initialise.js';
import type { Initialiser } from './initialise.js';
import { dense } from './layers.js';
import type { Random } from './random.js';
import * as tf from './tf.js';
import type { Signature, TensorSpec, Values } from './types.js';
import { sizeOf } from './values.js';

/**
 * A multilayer perceptron, or with `heads` an ensemble of them with separate weights and one batch.
 * Each hidden layer is product, bias, layer norm if asked for, ReLU; the last is product and bias.
 */
export type MlpShape = {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly layerNorm: boolean;
  /** Gain and bias after layer norm; default false. */
  readonly affine?: boolean;
  /** Size of the ensemble; without it a single network, whose tensors have no leading dimension. */
  readonly heads?: number;
};

/** How `mlpInitial` fills the weights. */
export type MlpInitialOptions = {
  /** The last layer starts as zero, so the output does as well. */
  readonly zeroLast?: boolean;
  /** Default `uniform`. Biases are uniform in +-1/sqrt(fan in) with it, else zero. */
  readonly initialiser?: Initialiser;
};

type Layer = {
  readonly name: string;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly last: boolean;
};

function layersOf(prefix: string, { inputs, hidden, outputs }: MlpShape): Layer[] {
  const widths = [inputs, ...hidden, outputs];
  return widths.slice(1).map((fanOut, index) => ({
    name: `${prefix}/layer${index}`,
    fanIn: widths[index],
    fanOut,
    last: index === hidden.length,
  }));
}

/**
 * Names and shapes of the network's tensors: `<prefix>/layer<i>/weight` [in, out] and `/bias` [out], with `affine` also
 * `/gain` and `/shift` [out]. In an ensemble weights are [heads, in, out], the others [heads, 1, out].
 */
export function mlpSignature(prefix: string, shape: MlpShape): Signature {
  const lead = shape.heads === undefined ? [] : [shape.heads];
  const row = shape.heads === undefined ? [] : [shape.heads, 1];
  const specs: Record<string, TensorSpec> = {};
  for (const { name, fanIn, fanOut, last } of layersOf(prefix, shape)) {
    specs[`${name}/weight`] = { shape: [...lead, fanIn, fanOut] };
    specs[`${name}/bias`] = { shape: [...row, fanOut] };
    if (!hasAffine(shape, last)) continue;
    specs[`${name}/gain`] = { shape: [...row, fanOut] };
    specs[`${name}/shift`] = { shape: [...row, fanOut] };
  }
  return specs;
}

/** Initial weights, drawn head by head. */
export function mlpInitial(
  prefix: string,
  shape: MlpShape,
  random: Random,
  { zeroLast = false, initialiser = 'uniform' }: MlpInitialOptions = {},
): Values {
  const heads = shape.heads ?? 1;
  const values: Values = Object.fromEntries(
    Object.entries(mlpSignature(prefix, shape)).map(([name, spec]) => [
      name,
      new Float32Array(sizeOf(spec.shape)),
    ]),
  );
  for (const { name, fanIn, fanOut, last } of layersOf(prefix, shape)) {
    if (hasAffine(shape, last)) values[`${name}/gain`].fill(1);
    if (last && zeroLast) continue;
    for (let head = 0; head < heads; head++) {
      values[`${name}/weight`].set(initialWeight(initialiser, fanIn, fanOut, random), head * fanIn * fanOut);
      if (initialiser === 'uniform') {
        values[`${name}/bias`].set(initialUniform(fanOut, fanIn, random), head * fanOut);
      }
    }
  }
  return values;
}

/**
 * The network's output.
 * @param params tensors of `mlpSignature(prefix, shape)`; other names are left alone
 * @param input [batch, inputs], or for an ensemble also [heads, batch, inputs]
 * @returns [batch, outputs]; for an ensemble [heads, batch, outputs]
 */
export function mlpForward(
  prefix: string,
  shape: MlpShape,
  params: Readonly<Record<string, Tensor>>,
  input: Tensor,
): Tensor {
  const ensemble = shape.heads !== undefined;
  let x = ensemble && input.rank === 2 ? tf.expandDims(input, 0) : input;
  for (const { name, last } of layersOf(prefix, shape)) {
    const affine = hasAffine(shape, last);
    const options = { normalise: shape.layerNorm && !last, rectify: !last && !affine };
    x = dense(x, params[`${name}/weight`], params[`${name}/bias`], options);
    if (affine) x = tf.relu(tf.add(tf.mul(x, params[`${name}/gain`]), params[`${name}/shift`]));
  }
  return x;
}

function hasAffine(shape: MlpShape, last: boolean): boolean {
  return shape.layerNorm && shape.affine === true && !last;
}

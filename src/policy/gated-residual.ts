/**
 * The residual in use: the actor's correction where the critics agree that it is better than none, else the base action alone.
 * Critics that have seen little disagree about actions that were not tried, so an actor that follows their errors is not followed.
 */
import {
  compileSteps,
  tf,
  type CompileOptions,
  type Signature,
  type Stepper,
  type Tensor,
  type Values,
  type VitShape,
} from '../engine/index.js';
import {
  encoderPrefix,
  encoderSignature,
  imageEncoders,
  imageFeeds,
  imageValues,
  withImages,
} from './image-encoder.js';
import type { Manifest } from './manifest.js';
import {
  actorPrefix,
  actorSignature,
  layersPrefix,
  residualDirection,
  targetActorPrefix,
} from './residual-actor.js';
import {
  criticPrefix,
  criticSignature,
  criticValues,
  executable,
  type CriticShape,
} from './residual-critic.js';
import { residualImages, residualNumbers, type ResidualInput, type ResidualView } from './residual-input.js';

/** An actor, and the critics that go with it: none (`num_q` 0) where it is followed everywhere. */
export type GatedShape = CriticShape;

/** How to act with the weights. */
export type GateSettings = {
  /** bound of the residual, in normalised action units */
  readonly action_scale: number;
  /** standard deviations of the critics' opinions by which the residual must be better than none */
  readonly gate_deviations: number;
};

/** A correction in units of `action_scale`, zero where the gate is closed. */
export type Correction = { readonly direction: Float32Array; readonly open: boolean };

/** Names and shapes of what is needed to act: the actor, the encoders and the critics that judge it. */
export function gatedSignature(shape: GatedShape): Signature {
  const critics = shape.num_q === 0 ? {} : criticSignature(shape);
  return { ...encoderSignature(shape.encoders), ...actorSignature(shape), ...critics };
}

/**
 * What is needed to act among the tensors of a learner's state. The averaged actor acts, where there is one: from update to update
 * the actor itself swings by more than it learns.
 * @param gated whether the critics go along
 */
export function gatedWeights(tensors: Values, gated: boolean): Values {
  const prefixes = [actorPrefix, encoderPrefix, ...(gated ? [criticPrefix] : [])];
  const names = Object.keys(tensors).filter((name) =>
    prefixes.some((prefix) => name.startsWith(`${prefix}/`)),
  );
  return Object.fromEntries(names.map((name) => [name, tensors[averagedName(name)] ?? tensors[name]]));
}

/** Names of a learner's tensors that `gatedWeights` looks at. */
export function gatedSources(shape: GatedShape): string[] {
  const names = Object.keys(gatedSignature(shape));
  return [...new Set([...names, ...names.map(averagedName)])];
}

/** The name of an actor's tensor in its average; other names as they are. */
function averagedName(name: string): string {
  return name.startsWith(`${actorPrefix}/`) ? name.replace(actorPrefix, targetActorPrefix) : name;
}

/**
 * Whether a residual may be used: its advantage over none, by the mean of the ensemble, is more than `deviations` of the ensemble's
 * standard deviations above zero. Where there are no critics it may.
 * @param advantages what each critic holds the residual to be better by, in returns
 */
export function isTrusted(advantages: Float32Array, deviations: number): boolean {
  if (advantages.length === 0) return true;
  const mean = advantages.reduce((sum, value) => sum + value, 0) / advantages.length;
  const variance = advantages.reduce((sum, value) => sum + (value - mean) ** 2, 0) / advantages.length;
  return mean > deviations * Math.sqrt(variance);
}

/** Finds the shape of the actor whose weights these are. @throws Error if they are not those of a residual actor. */
export function gatedShapeOf(
  sizes: Readonly<Record<string, number>>,
  input_size: number,
  action_size: number,
  encoders: readonly VitShape[] = [],
): GatedShape {
  const biasSize = (layer_norm: boolean): number | undefined =>
    sizes[`${layersPrefix(actorPrefix, { layer_norm })}/layer0/bias`];
  const layer_norm = biasSize(false) === undefined;
  const hidden_size = biasSize(layer_norm) ?? 0;
  // Each critic's last layer has one bias.
  const num_q = sizes[`${criticPrefix}/layer2/bias`] ?? 0;
  const shape = { input_size, action_size, hidden_size, layer_norm, encoders, num_q };
  const signature = Object.entries(gatedSignature(shape));
  const fits = signature.every(([name, spec]) => sizes[name] === spec.shape.reduce((a, b) => a * b, 1));
  if (hidden_size > 0 && fits && signature.length === Object.keys(sizes).length) return shape;
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  throw new Error(
    `no residual actor with ${input_size} inputs and ${action_size} joints has these ${total} weights`,
  );
}

/** Share of events that were true, over about the last thousand; for metrics. */
export class RecentShare {
  #count = 0;
  #value = 0;

  get value(): number {
    return this.#value;
  }

  add(happened: boolean): void {
    this.#count = Math.min(1000, this.#count + 1);
    this.#value += (Number(happened) - this.#value) / this.#count;
  }
}

/** One observation in, one correction out. */
export class GatedResidual {
  private constructor(
    private readonly stepper: Stepper,
    readonly shape: GatedShape,
  ) {}

  static async create(
    shape: GatedShape,
    weights: Values,
    options: CompileOptions = {},
  ): Promise<GatedResidual> {
    const { input_size, action_size, encoders } = shape;
    const feeds = {
      input: { shape: [1, input_size] },
      base: { shape: [1, action_size] },
      place: { shape: [1, 1] },
      ...(shape.num_q === 0 ? {} : { scale: { shape: [] } }),
      ...imageFeeds(encoders, 1),
    };
    const act = actProgram(shape);
    const stepper = await compileSteps({ act }, gatedSignature(shape), { act: feeds }, weights, options);
    return new GatedResidual(stepper, shape);
  }

  /**
   * A residual for a base policy, its sizes found from the weights.
   * @param manifest of the base policy that the weights belong to
   * @throws Error if they are not those of a residual actor with its inputs and joints
   */
  static ofWeights(
    manifest: Manifest,
    view: ResidualView,
    weights: Values,
    options: CompileOptions = {},
  ): Promise<GatedResidual> {
    const sizes = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, values.length]));
    const encoders = imageEncoders(residualImages(manifest, view));
    const numbers = residualNumbers(manifest, view);
    const shape = gatedShapeOf(sizes, numbers, manifest.action.joints.length, encoders);
    return GatedResidual.create(shape, weights, options);
  }

  /** Whether these are weights of a residual of this shape, with as many critics. */
  fits(weights: Values): boolean {
    const names = Object.keys(gatedSignature(this.shape));
    return names.length === Object.keys(weights).length && names.every((name) => name in weights);
  }

  /**
   * Takes other weights from the next call on.
   * @throws Error, keeping the old ones, if a tensor is missing, a size differs or a value is not finite.
   */
  setWeights(weights: Values): void {
    const missing = Object.keys(gatedSignature(this.shape)).filter((name) => !(name in weights));
    if (missing.length > 0) throw new Error(`weights lack ${missing.join(', ')}`);
    this.stepper.write(weights);
  }

  /** The correction for one observation; `base` normalised, `place` in the chunk in [0, 1). */
  async act(
    { numbers, images }: ResidualInput,
    base: Float32Array,
    place: number,
    { action_scale, gate_deviations }: GateSettings,
  ): Promise<Correction> {
    const pixels = images.map((bytes) => new Float32Array(bytes));
    const scale = this.shape.num_q === 0 ? {} : { scale: Float32Array.of(action_scale) };
    const feeds = { input: numbers, base, place: Float32Array.of(place), ...scale, ...imageValues(pixels) };
    const { direction, advantages = new Float32Array() } = await this.stepper.step('act', feeds);
    const open = isTrusted(advantages, gate_deviations);
    return { direction: open ? direction : new Float32Array(direction.length), open };
  }

  dispose(): Promise<void> {
    return this.stepper.dispose();
  }
}

/** `direction` [1, action_size], and with critics `advantages` [num_q, 1, 1]. */
function actProgram(shape: GatedShape): (tensors: Record<string, Tensor>) => Record<string, Tensor> {
  return (t) => {
    const seen = withImages(t, shape.encoders, t.input, t);
    const { base, place } = t;
    const direction = residualDirection(t, shape, seen, base, place);
    if (shape.num_q === 0) return { direction };
    const value = (residual: Tensor): Tensor => criticValues(t, shape, { seen, base, place }, residual);
    const used = value(executable(direction, base, t.scale));
    return { direction, advantages: tf.sub(used, value(tf.zerosLike(base))) };
  };
}

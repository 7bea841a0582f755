/** A frozen policy: any ONNX file with a manifest, asked once per control step. */
import { ConfigError } from '../config/config-error.js';
import { loadOnnx, type CompileOptions, type OnnxModel } from '../engine/index.js';
import { denormaliseAction } from '../robot/normalisation.js';
import { imageBytes, type Observed } from '../robot/image-spec.js';
import { FeatureEncoder } from './feature-encoder.js';
import { imageShape, observationFeeds } from './image-input.js';
import {
  loadPolicyFile,
  manifestActionRange,
  type FeatureOutput,
  type Manifest,
  type PolicyFile,
} from './manifest.js';

/**
 * One action of the base policy. `values` in rad, one per joint of the manifest; `chunk_step` is its place in the chunk;
 * `features` is what the policy's encoder makes of the observation, as the ONNX file gives it: empty if it gives none.
 */
export type BaseAction = {
  readonly values: Float32Array;
  readonly chunk_step: number;
  readonly features: Float32Array;
};

/** What one run of the network gives: a chunk [chunk_size][joints], rad, and features. */
type Answer = { readonly chunk: Float32Array[]; readonly features: Float32Array };

export class BasePolicy {
  #chunk: Float32Array[] = [];
  #next = 0;

  private constructor(
    readonly file: PolicyFile,
    private readonly model: OnnxModel,
    private readonly encoder: FeatureEncoder | undefined,
  ) {}

  /**
   * Loads `<folder>/manifest.yaml` and its ONNX file, and runs it once on zeros.
   * @throws ConfigError if names, dtypes or shapes of the ONNX file are not those of the manifest, or it cannot be run.
   */
  static async load(folder: string, options: CompileOptions = {}): Promise<BasePolicy> {
    const file = loadPolicyFile(folder);
    let model: OnnxModel;
    try {
      model = await loadOnnx(file.file, options);
    } catch (error) {
      throw new ConfigError(
        file.file,
        '',
        `is not an ONNX file that can be run: ${(error as Error).message}`,
      );
    }
    checkSignature(file, model);
    const policy = new BasePolicy(file, model, await FeatureEncoder.load(file, options));
    await policy.#tryOnZeros();
    return policy;
  }

  get manifest(): Manifest {
    return this.file.manifest;
  }

  /** Forgets the rest of the present chunk: call it at the start of every episode. */
  reset(): void {
    this.#chunk = [];
    this.#next = 0;
  }

  /**
   * The action for an observation. A policy with features is asked at every step, since they are about this observation,
   * also while a chunk is being executed.
   * @param observed state in SI units, in the order of the manifest's names, and the images that it names
   * @throws Error if the observation has another length or is not finite, or the policy returns something not finite.
   */
  async act(observed: Observed): Promise<BaseAction> {
    const { action, features } = this.manifest;
    checkObserved(observed, this.manifest);
    const isDue = this.#next >= Math.min(action.execute, this.#chunk.length);
    const givesFeatures = features !== undefined && this.encoder === undefined;
    const answer = isDue || givesFeatures ? await this.#predict(observed, givesFeatures) : undefined;
    const own = answer?.features ?? new Float32Array();
    if (isDue && answer !== undefined) {
      this.#chunk = answer.chunk;
      this.#next = 0;
    }
    const chunk_step = this.#next++;
    const values = this.#chunk[chunk_step];
    return { values, chunk_step, features: (await this.encoder?.features(observed.images)) ?? own };
  }

  async dispose(): Promise<void> {
    await this.encoder?.dispose();
    await this.model.dispose();
  }

  /** Finds what a signature with symbolic dimensions hides. */
  async #tryOnZeros(): Promise<void> {
    const { names, images } = this.manifest.observation;
    try {
      await this.act({
        state: new Float32Array(names.length),
        images: images.map(({ image }) => new Uint8Array(imageBytes(image))),
      });
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw new ConfigError(
        this.file.file,
        '',
        `does not take an observation of ${names.length} elements: ${(error as Error).message}`,
      );
    }
    this.reset();
  }

  /** @param givesFeatures whether they are an output of the policy */
  async #predict(observed: Observed, givesFeatures: boolean): Promise<Answer> {
    const { features } = this.manifest;
    const outputs = await this.model.run(observationFeeds(observed, this.manifest));
    return {
      chunk: this.#chunkOf(outputs[this.manifest.action.output].data),
      features:
        features === undefined || !givesFeatures
          ? new Float32Array()
          : this.#featuresOf(outputs[features.output].data, features),
    };
  }

  #featuresOf(output: Float32Array, { output: name, size }: FeatureOutput): Float32Array {
    if (output.length !== size)
      throw new ConfigError(this.file.file, name, `returned ${output.length} values, expected ${size}`);
    if (!output.every(Number.isFinite))
      throw new Error(`${this.file.file} returned a feature that is not finite`);
    return output;
  }

  #chunkOf(output: Float32Array): Float32Array[] {
    const { action } = this.manifest;
    const width = action.joints.length;
    if (output.length !== action.chunk_size * width) {
      throw new ConfigError(
        this.file.file,
        action.output,
        `returned ${output.length} values, expected ${action.chunk_size} x ${width}`,
      );
    }
    if (!output.every(Number.isFinite))
      throw new Error(`${this.file.file} returned a value that is not finite`);
    const range = manifestActionRange(this.manifest);
    return Array.from({ length: action.chunk_size }, (_, i) => {
      const row = output.slice(i * width, (i + 1) * width);
      return action.normalised ? denormaliseAction(row, range) : row;
    });
  }
}

/** @throws Error if an observation is not what the manifest says, or holds a number that is not finite */
function checkObserved({ state, images }: Observed, { observation }: Manifest): void {
  const { names, images: inputs } = observation;
  if (state.length !== names.length)
    throw new Error(`observation has ${state.length} elements, the policy expects ${names.length}`);
  const bad = state.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new Error(`observation ${names[bad]} is ${state[bad]}`);
  if (images.length !== inputs.length)
    throw new Error(`observation has ${images.length} images, the policy expects ${inputs.length}`);
  inputs.forEach(({ image }, i) => {
    if (images[i].length !== imageBytes(image))
      throw new Error(
        `image of ${image.camera} has ${images[i].length} bytes, the policy expects ${imageBytes(image)}`,
      );
  });
}

/** Compares the ONNX file's signature with the manifest; symbolic dimensions fit any size. */
function checkSignature({ file, manifest }: PolicyFile, model: OnnxModel): void {
  const { observation, action, features } = manifest;
  const inputs = new Map<string, number[]>();
  for (const image of observation.images)
    if (image.input !== undefined) inputs.set(image.input, imageShape(image));
  if (observation.names.length > 0) inputs.set(observation.input, [1, observation.names.length]);
  const others = model.inputs.filter(({ name }) => !inputs.has(name));
  for (const [name, shape] of inputs) checkPort(file, 'input', name, model.inputs, () => shape);
  if (others.length > 0) throw new ConfigError(file, listed(others), 'input that the manifest does not name');
  const chunk = [1, action.chunk_size, action.joints.length];
  checkPort(file, 'output', action.output, model.outputs, (rank) =>
    action.chunk_size === 1 && rank === 2 ? [1, action.joints.length] : chunk,
  );
  if (features !== undefined && features.encoder === undefined)
    checkPort(file, 'output', features.output, model.outputs, () => [1, features.size]);
}

function checkPort(
  file: string,
  kind: string,
  name: string,
  ports: OnnxModel['inputs'],
  shapeOf: (rank: number) => readonly number[],
): void {
  const port = ports.find((candidate) => candidate.name === name);
  if (port === undefined) throw new ConfigError(file, name, `no such ${kind}; it has ${listed(ports)}`);
  if (port.dtype !== 'float32') throw new ConfigError(file, name, `is ${port.dtype}, expected float32`);
  checkShape(file, port, shapeOf(port.shape.length));
}

function listed(ports: OnnxModel['inputs']): string {
  return ports.map(({ name }) => name).join(', ');
}

function checkShape(file: string, port: OnnxModel['inputs'][number], expected: readonly number[]): void {
  const fits =
    port.shape.length === expected.length &&
    port.shape.every((size, i) => typeof size === 'string' || size < 0 || size === expected[i]);
  if (!fits)
    throw new ConfigError(
      file,
      port.name,
      `has shape [${port.shape.join(', ')}], the manifest says [${expected.join(', ')}]`,
    );
}

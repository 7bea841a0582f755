/** A frozen policy: any ONNX file with a manifest, asked once per control step. */
import { ConfigError } from '../config/config-error.js';
import { loadOnnx, type CompileOptions, type OnnxModel } from '../engine/index.js';
import { denormaliseAction, standardise } from '../robot/normalisation.js';
import {
  loadPolicyFile,
  manifestActionRange,
  manifestStandardisation,
  type Manifest,
  type PolicyFile,
} from './manifest.js';

/** One action of the base policy. `values` in rad, one per joint of the manifest; `chunk_step` is its place in the chunk. */
export type BaseAction = { readonly values: Float32Array; readonly chunk_step: number };

export class BasePolicy {
  #chunk: Float32Array[] = [];
  #next = 0;

  private constructor(
    readonly file: PolicyFile,
    private readonly model: OnnxModel,
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
    const policy = new BasePolicy(file, model);
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
   * The action for an observation.
   * @param observation SI units, in the order of the manifest's names
   * @throws Error if the observation has another length or is not finite, or the policy returns something not finite.
   */
  async act(observation: Float32Array): Promise<BaseAction> {
    const { observation: spec, action } = this.manifest;
    if (observation.length !== spec.names.length) {
      throw new Error(
        `observation has ${observation.length} elements, the policy expects ${spec.names.length}`,
      );
    }
    const bad = observation.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new Error(`observation ${spec.names[bad]} is ${observation[bad]}`);
    if (this.#next >= Math.min(action.execute, this.#chunk.length)) {
      this.#chunk = await this.#predict(observation);
      this.#next = 0;
    }
    const chunk_step = this.#next++;
    return { values: this.#chunk[chunk_step], chunk_step };
  }

  dispose(): Promise<void> {
    return this.model.dispose();
  }

  /** Finds what a signature with symbolic dimensions hides. */
  async #tryOnZeros(): Promise<void> {
    const { names } = this.manifest.observation;
    try {
      await this.act(new Float32Array(names.length));
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

  /** A fresh chunk, [chunk_size][joints], rad. */
  async #predict(observation: Float32Array): Promise<Float32Array[]> {
    const { observation: spec, action } = this.manifest;
    const standardisation = manifestStandardisation(this.manifest);
    const data = standardisation === undefined ? observation : standardise(observation, standardisation);
    const outputs = await this.model.run({ [spec.input]: { data, shape: [1, data.length] } });
    const output = outputs[action.output].data;
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

/** Compares the ONNX file's signature with the manifest; symbolic dimensions fit any size. */
function checkSignature({ file, manifest }: PolicyFile, model: OnnxModel): void {
  const { observation, action } = manifest;
  const input = model.inputs.find(({ name }) => name === observation.input);
  const output = model.outputs.find(({ name }) => name === action.output);
  const list = (ports: OnnxModel['inputs']): string => ports.map(({ name }) => name).join(', ');
  if (input === undefined)
    throw new ConfigError(file, observation.input, `no such input; it has ${list(model.inputs)}`);
  if (output === undefined)
    throw new ConfigError(file, action.output, `no such output; it has ${list(model.outputs)}`);
  const others = model.inputs.filter(({ name }) => name !== observation.input);
  if (others.length > 0) throw new ConfigError(file, list(others), 'input that the manifest does not name');
  for (const port of [input, output]) {
    if (port.dtype !== 'float32')
      throw new ConfigError(file, port.name, `is ${port.dtype}, expected float32`);
  }
  checkShape(file, input, [1, observation.names.length]);
  const chunk = [1, action.chunk_size, action.joints.length];
  checkShape(
    file,
    output,
    action.chunk_size === 1 && output.shape.length === 2 ? [1, action.joints.length] : chunk,
  );
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

/** A frozen network beside the policy whose answers about the images are the features of a residual. */
import { dirname, join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { loadOnnx, type CompileOptions, type OnnxModel } from '../engine/index.js';
import { imageBytes, type ImageSpec } from '../robot/image-spec.js';
import { imageShape, imageTensor } from './image-input.js';
import type { EncoderInput, FeatureOutput, PolicyFile } from './manifest.js';

/**
 * Any network that makes numbers of one image, such as one trained on ImageNet; each image of an observation is given to it in
 * turn, and what it says of them comes one after the other.
 */
export class FeatureEncoder {
  private constructor(
    private readonly file: string,
    private readonly model: OnnxModel,
    private readonly encoder: EncoderInput,
    private readonly output: FeatureOutput,
    private readonly images: readonly ImageSpec[],
  ) {}

  /**
   * The encoder that a manifest names; undefined if it names none. It is tried on black images.
   * @throws ConfigError if it cannot be run, or has another input, output or size than the manifest says
   */
  static async load(policy: PolicyFile, options: CompileOptions): Promise<FeatureEncoder | undefined> {
    const { features, observation } = policy.manifest;
    if (features?.encoder === undefined) return undefined;
    const file = join(dirname(policy.file), features.encoder.file);
    const model = await loadOnnx(file, options).catch((error: unknown) => {
      throw new ConfigError(file, '', `is not an ONNX file that can be run: ${(error as Error).message}`);
    });
    const [ports, name] = [model.inputs.map((port) => port.name), features.encoder.input];
    if (ports.length !== 1 || ports[0] !== name)
      throw new ConfigError(file, name, `expected this one input; it has ${ports.join(', ')}`);
    const outputs = model.outputs.map((port) => port.name);
    if (!outputs.includes(features.output))
      throw new ConfigError(file, features.output, `no such output; it has ${outputs.join(', ')}`);
    const images = observation.images.map(({ image }) => image);
    const encoder = new FeatureEncoder(file, model, features.encoder, features, images);
    await encoder.#tryOnBlack();
    return encoder;
  }

  /**
   * @param images pixels as the manifest's images say, in their order
   * @returns `features.size` numbers
   * @throws ConfigError for another number of them; Error if one is not finite
   */
  async features(images: readonly Uint8Array[]): Promise<Float32Array> {
    const { size, output } = this.output;
    const parts: Float32Array[] = [];
    for (const [i, image] of this.images.entries()) {
      const input = { ...this.encoder, image };
      const feed = { data: imageTensor(images[i], input), shape: imageShape(input) };
      parts.push((await this.model.run({ [this.encoder.input]: feed }))[output].data);
    }
    const found = parts.reduce((sum, part) => sum + part.length, 0);
    if (found !== size)
      throw new ConfigError(this.file, output, `returned ${found} values of all images, expected ${size}`);
    const all = new Float32Array(size);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    if (!all.every(Number.isFinite)) throw new Error(`${this.file} returned a feature that is not finite`);
    return all;
  }

  dispose(): Promise<void> {
    return this.model.dispose();
  }

  async #tryOnBlack(): Promise<void> {
    try {
      await this.features(this.images.map((image) => new Uint8Array(imageBytes(image))));
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw new ConfigError(
        this.file,
        '',
        `does not take the observation's images: ${(error as Error).message}`,
      );
    }
  }
}

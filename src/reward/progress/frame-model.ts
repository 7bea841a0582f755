/** The part of a learned critic's model that looks at one moment. */
import { ConfigError } from '../../config/config-error.js';
import { loadOnnx, type CompileOptions, type OnnxModel, type ShapedValues } from '../../engine/index.js';
import { imageShape, imageTensor } from '../../policy/image-input.js';
import { imageBytes } from '../../robot/image-spec.js';
import type { Moment } from '../judgement.js';
import type { ProgressFiles, ProgressManifest } from './manifest.js';

/** Its file in a model's folder; one of its outputs are logits of "looks done", one per head. */
export const frameFile = 'frame.onnx';

/** What it says of a moment, by output. */
export type Look = Readonly<Record<string, Float32Array>>;

/** How logits are read; see the manifest. */
export type DoneReading = Pick<ProgressManifest['done'], 'temperature' | 'hold_s'>;

/** Slack of times that are compared, s. */
const slack = 1e-6;

export class FrameModel {
  /** A moment is looked at once, whatever clips it is in. */
  readonly #looks = new WeakMap<Moment, Promise<Look>>();

  private constructor(
    private readonly manifest: ProgressManifest,
    private readonly model: OnnxModel,
  ) {}

  /** Loads the file and tries it on black images. @throws ConfigError if it cannot be run or lacks one of the outputs */
  static async load(
    files: ProgressFiles,
    outputs: readonly string[],
    options: CompileOptions = {},
  ): Promise<FrameModel> {
    const loaded = await loadModel(files, frameFile, options);
    const found = loaded.outputs.map(({ name }) => name);
    const missing = [...outputs, 'done'].find((name) => !found.includes(name));
    if (missing !== undefined)
      throw new ConfigError(
        files.file,
        `files.${frameFile}`,
        `has no output ${missing}: ${found.join(', ')}`,
      );
    const model = new FrameModel(files.manifest, loaded);
    try {
      await model.#run(files.manifest.images.map(({ image }) => new Uint8Array(imageBytes(image))));
    } catch (error) {
      const problem = `does not take the images of the manifest: ${(error as Error).message}`;
      throw new ConfigError(files.file, `files.${frameFile}`, problem);
    }
    return model;
  }

  /** Rejects if the moment's images are not those of the manifest. */
  look(moment: Moment): Promise<Look> {
    let look = this.#looks.get(moment);
    if (look === undefined) {
      look = this.#run(moment.observed.images);
      this.#looks.set(moment, look);
    }
    return look;
  }

  /** Mean logit of the heads: how much a moment looks done. */
  async doneLogit(moment: Moment): Promise<number> {
    const { done } = await this.look(moment);
    return done.reduce((sum, value) => sum + value, 0) / done.length;
  }

  /**
   * Probability that the task is done: success has to be held, so that of the moments of the last `hold_s` which looks least done.
   * @param seen moments in order, at least one
   */
  async done(seen: readonly Moment[], reading: DoneReading = this.manifest.done): Promise<number> {
    const { temperature, hold_s } = reading;
    const end = seen[seen.length - 1].time;
    const held = seen.filter(({ time }) => time === end || end - time < hold_s - slack);
    const logits = await Promise.all(held.map((moment) => this.doneLogit(moment)));
    return 1 / (1 + Math.exp(-Math.min(...logits) / temperature));
  }

  dispose(): Promise<void> {
    return this.model.dispose();
  }

  async #run(images: readonly Uint8Array[]): Promise<Look> {
    const feeds: Record<string, ShapedValues> = {};
    this.manifest.images.forEach((input, i) => {
      if (input.input !== undefined)
        feeds[input.input] = { data: imageTensor(images[i], input), shape: imageShape(input) };
    });
    const outputs = Object.entries(await this.model.run(feeds));
    return Object.fromEntries(outputs.map(([name, { data }]) => [name, data]));
  }
}

/** @throws ConfigError if the file of that name cannot be run */
export function loadModel(
  { file, onnx }: ProgressFiles,
  name: string,
  options: CompileOptions,
): Promise<OnnxModel> {
  return loadOnnx(onnx[name], options).catch((error: unknown) => {
    throw new ConfigError(file, `files.${name}`, `cannot be run: ${(error as Error).message}`);
  });
}

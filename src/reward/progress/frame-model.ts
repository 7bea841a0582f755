/** The part of a learned critic's model that looks at one moment. */
import { ConfigError } from '../../config/config-error.js';
import { loadOnnx, type CompileOptions, type OnnxModel, type ShapedValues } from '../../engine/index.js';
import { imageShape, imageTensor } from '../../policy/image-input.js';
import { imageBytes, type Observed } from '../../robot/image-spec.js';
import { standardise } from '../../robot/normalisation.js';
import { byMoment } from '../by-moment.js';
import { createFeatures } from '../features/create-features.js';
import type { FrameFeatures } from '../features/frame-features.js';
import type { Moment } from '../judgement.js';
import { featureFeed } from './frame-network.js';
import type { ProgressFiles, ProgressManifest, ProgressTask } from './manifest.js';

/** Its file in a model's folder; one of its outputs are logits of "looks done", one per head. */
export const frameFile = 'frame.onnx';

/** What it says of a moment, by output. */
export type Look = Readonly<Record<string, Float32Array>>;

/** How logits are read; see the manifest. */
export type DoneReading = Pick<ProgressManifest['done'], 'temperature' | 'hold_s'>;

/** Slack of times that are compared, s. */
const slack = 1e-6;

export class FrameModel {
  /**
   * What it says of a moment, which is looked at once, whatever clips it is in.
   * Rejects if the moment's images are not those of the manifest.
   */
  readonly look: (moment: Moment) => Promise<Look>;

  private constructor(
    private readonly manifest: ProgressManifest,
    private readonly model: OnnxModel,
    private readonly features: FrameFeatures | undefined,
  ) {
    this.look = byMoment(({ observed }) => this.#run(observed));
  }

  /**
   * Loads the file and tries it on black images or features of 0.
   * @param features that it was trained with, if any
   * @throws ConfigError if it cannot be run or lacks one of the outputs
   */
  static async load(
    files: ProgressFiles,
    outputs: readonly string[],
    features?: FrameFeatures,
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
    const model = new FrameModel(files.manifest, loaded, features);
    try {
      await loaded.run(model.#zeros());
    } catch (error) {
      const problem = `does not take what the manifest says: ${(error as Error).message}`;
      throw new ConfigError(files.file, `files.${frameFile}`, problem);
    }
    return model;
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

  /** Leaves the features to who made them. */
  dispose(): Promise<void> {
    return this.model.dispose();
  }

  async #run(observed: Observed): Promise<Look> {
    const standardisation = this.manifest.features;
    const numbers = await this.features?.describe(observed);
    const feeds =
      numbers === undefined || standardisation === undefined
        ? this.#pixels(observed.images)
        : featureFeeds(standardise(numbers, standardisation));
    const outputs = Object.entries(await this.model.run(feeds));
    return Object.fromEntries(outputs.map(([name, { data }]) => [name, data]));
  }

  #pixels(images: readonly Uint8Array[]): Record<string, ShapedValues> {
    const feeds: Record<string, ShapedValues> = {};
    this.manifest.images.forEach((input, i) => {
      if (input.input !== undefined)
        feeds[input.input] = { data: imageTensor(images[i], input), shape: imageShape(input) };
    });
    return feeds;
  }

  #zeros(): Record<string, ShapedValues> {
    if (this.features !== undefined) return featureFeeds(new Float32Array(this.features.size));
    return this.#pixels(this.manifest.images.map(({ image }) => new Uint8Array(imageBytes(image))));
  }
}

function featureFeeds(data: Float32Array): Record<string, ShapedValues> {
  return { [featureFeed]: { data, shape: [1, data.length] } };
}

/**
 * The features that a model was trained with, or undefined if it sees the images themselves.
 * @throws ConfigError if they cannot be made any more, or are others by now
 */
export async function modelFeatures(
  { manifest, file }: ProgressFiles,
  { task, images }: ProgressTask,
): Promise<FrameFeatures | undefined> {
  if (manifest.features === undefined) return undefined;
  const { settings, version, mean } = manifest.features;
  const features = await createFeatures({ file, key: 'features.settings', task, images }, settings);
  if (features.version === version && features.size === mean.length) return features;
  await features.dispose();
  throw new ConfigError(file, 'features', `are not those that the model was trained with (${version})`);
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

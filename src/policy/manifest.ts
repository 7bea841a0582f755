/** The manifest beside a policy's ONNX file: what it expects and returns (schemas/manifest.schema.json). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { loadYaml } from '../config/yaml-file.js';
import { externalDataFiles } from '../engine/index.js';
import { checkSameImages, channelsOf, type ImageSpec } from '../robot/image-spec.js';
import type { ActionRange, Standardisation } from '../robot/normalisation.js';

/** How an observed image is given to the ONNX file: (bytes * scale - mean) / std per channel. */
export type PixelScaling = {
  readonly layout: 'nchw' | 'nhwc';
  readonly scale: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
};

/** An image of the observation; without `input` the policy does not see it, only the features' encoder does. */
export type ImageInput = PixelScaling & { readonly input?: string; readonly image: ImageSpec };

/** A network beside the policy that is given each image in turn. */
export type EncoderInput = PixelScaling & { readonly file: string; readonly input: string };

/** What stands for the images: an output of the policy, what its encoder makes of them, or that of an encoder beside it. */
export type FeatureOutput = {
  readonly output: string;
  readonly size: number;
  readonly encoder?: EncoderInput;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly clip: number;
};

export type Manifest = {
  readonly policy: string;
  readonly sha256?: string;
  readonly control_rate_hz: number;
  readonly observation: {
    readonly input: string;
    readonly names: readonly string[];
    readonly mean?: readonly number[];
    readonly std?: readonly number[];
    readonly clip: number;
    readonly images: readonly ImageInput[];
  };
  readonly features?: FeatureOutput;
  readonly action: {
    readonly output: string;
    readonly joints: readonly string[];
    readonly normalised: boolean;
    readonly lower: readonly number[];
    readonly upper: readonly number[];
    readonly chunk_size: number;
    readonly execute: number;
  };
  readonly training_data?: {
    readonly sha256?: string;
    readonly episodes?: number;
    readonly transitions?: number;
  };
};

/** A manifest and the file it speaks of, both checked. */
export type PolicyFile = {
  readonly manifest: Manifest;
  /** Path of the ONNX file. */
  readonly file: string;
  readonly onnx: Uint8Array;
  /** Hash of the ONNX file followed by the files of external data that it names, sorted by name; then those of an encoder. */
  readonly sha256: string;
};

/** What a policy is asked to do: the side of the task that a manifest has to agree with. */
export type PolicyTask = {
  /** File of the task, for errors. */
  readonly file: string;
  readonly control_rate_hz: number;
  readonly observation_names: readonly string[];
  readonly images: readonly ImageSpec[];
  readonly action_joints: readonly string[];
};

/**
 * Reads `<folder>/manifest.yaml` and hashes the ONNX file it names.
 * @throws ConfigError if the manifest does not fit its schema, lengths disagree, or the ONNX file or its external data is
 * missing or not what the manifest's hash says.
 */
export function loadPolicyFile(folder: string): PolicyFile {
  const manifestFile = join(folder, 'manifest.yaml');
  const manifest = loadYaml<Manifest>(manifestFile, 'manifest');
  checkLengths(manifest, manifestFile);
  const file = join(dirname(manifestFile), manifest.policy);
  const { onnx, sha256 } = readPolicy(file, manifestFile, manifest.features?.encoder?.file);
  if (manifest.sha256 !== undefined && manifest.sha256 !== sha256) {
    throw new ConfigError(
      manifestFile,
      'sha256',
      `${manifest.policy} has ${sha256}, expected ${manifest.sha256}: the frozen policy was changed`,
    );
  }
  return { manifest, file, onnx, sha256 };
}

/** @param encoder file of the features' encoder beside the policy, if there is one: the residual depends on it as well */
function readPolicy(
  file: string,
  manifestFile: string,
  encoder: string | undefined,
): Pick<PolicyFile, 'onnx' | 'sha256'> {
  const hash = createHash('sha256');
  const read = (path: string, key: string): Uint8Array => {
    try {
      const bytes = readFileSync(path);
      hash.update(bytes);
      return bytes;
    } catch (error) {
      throw new ConfigError(manifestFile, key, `${path} cannot be read: ${(error as Error).message}`);
    }
  };
  const readAll = (path: string, key: string): Uint8Array => {
    const bytes = read(path, key);
    for (const name of externalData(bytes)) read(join(dirname(path), name), key);
    return bytes;
  };
  const onnx = readAll(file, 'policy');
  if (encoder !== undefined) readAll(join(dirname(file), encoder), 'features.encoder.file');
  return { onnx, sha256: hash.digest('hex') };
}

/** None for what is not an ONNX file: a changed file is found by its hash, and any other by the runtime that loads it. */
function externalData(onnx: Uint8Array): string[] {
  try {
    return externalDataFiles(onnx);
  } catch {
    return [];
  }
}

/**
 * Compares a manifest with the task that the policy is to do.
 * @throws ConfigError if the rates differ, an observation element or an image is missing, extra, in another place or of
 * another size, or the joints are not the task's; their order is free, since actions carry names.
 */
export function checkPolicyFitsTask({ manifest, file }: PolicyFile, task: PolicyTask): void {
  const manifestFile = join(dirname(file), 'manifest.yaml');
  const { control_rate_hz, observation, action } = manifest;
  if (Math.abs(control_rate_hz / task.control_rate_hz - 1) > 1e-6) {
    const what = `is ${control_rate_hz} Hz, ${task.file} runs at ${task.control_rate_hz} Hz`;
    throw new ConfigError(manifestFile, 'control_rate_hz', what);
  }
  checkObservationNames(manifestFile, observation.names, task.observation_names, task.file);
  const images = observation.images.map(({ image }) => image);
  checkSameImages(manifestFile, 'observation.images', images, task.images, task.file);
  const missing = task.action_joints.find((joint) => !action.joints.includes(joint));
  const extra = action.joints.find((joint) => !task.action_joints.includes(joint));
  if (missing !== undefined)
    throw new ConfigError(manifestFile, 'action.joints', `lacks ${missing}, which ${task.file} moves`);
  if (extra !== undefined)
    throw new ConfigError(manifestFile, 'action.joints', `has ${extra}, which ${task.file} does not move`);
}

/**
 * Two lists of observation elements must be the same, in the same order.
 * @param source who sends `sent`, for the error
 * @throws ConfigError naming the first place where they differ
 */
export function checkObservationNames(
  manifestFile: string,
  expected: readonly string[],
  sent: readonly string[],
  source: string,
): void {
  const length = Math.max(expected.length, sent.length);
  for (let i = 0; i < length; i++) {
    if (expected[i] === sent[i]) continue;
    const what = `is ${expected[i] ?? 'not there'}, ${source} sends ${sent[i] ?? 'nothing'}`;
    throw new ConfigError(manifestFile, `observation.names.${i}`, what);
  }
}

function checkLengths(manifest: Manifest, file: string): void {
  const { action } = manifest;
  for (const [key, entry, length] of scalings(manifest, file)) {
    expectLength(file, `${key}.mean`, entry.mean, length);
    expectLength(file, `${key}.std`, entry.std, length);
    if ((entry.mean === undefined) !== (entry.std === undefined))
      throw new ConfigError(file, key, 'mean and std come together or not at all');
  }
  expectLength(file, 'action.lower', action.lower, action.joints.length);
  expectLength(file, 'action.upper', action.upper, action.joints.length);
  if (action.execute > action.chunk_size)
    throw new ConfigError(
      file,
      'action.execute',
      `${action.execute} is more than chunk_size ${action.chunk_size}`,
    );
  action.joints.forEach((joint, i) => {
    if (!(action.lower[i] < action.upper[i]))
      throw new ConfigError(file, `action.upper.${i}`, `${joint}: is not above lower`);
  });
}

function expectLength(
  file: string,
  key: string,
  values: readonly number[] | undefined,
  length: number,
): void {
  if (values !== undefined && values.length !== length)
    throw new ConfigError(file, key, `has ${values.length} entries, expected ${length}`);
}

type Scaled = { readonly mean?: readonly number[]; readonly std?: readonly number[] };

/** Everything with a mean and a standard deviation: its key, and how many numbers both have. */
function scalings(
  { observation, features }: Manifest,
  file: string,
): (readonly [key: string, entry: Scaled, length: number])[] {
  const { names, images } = observation;
  const all: (readonly [string, Scaled, number])[] = [
    ['observation', observation, names.length],
    ...images.map((input, i) => [`observation.images.${i}`, input, channelsOf(input.image)] as const),
  ];
  if (features === undefined) return all;
  all.push(['features', features, features.size]);
  if (features.encoder === undefined) return all;
  if (images.length === 0)
    throw new ConfigError(file, 'features.encoder', 'needs observation.images to be given');
  return [...all, ['features.encoder', features.encoder, channelsOf(images[0].image)]];
}

/** How the policy's observations are standardised, or undefined if its file does that by itself. */
export function manifestStandardisation({ observation }: Manifest): Standardisation | undefined {
  return standardisationOf(observation);
}

/** How the policy's features are standardised, or undefined if its file does that by itself or gives none. */
export function featureStandardisation({ features }: Manifest): Standardisation | undefined {
  return features === undefined ? undefined : standardisationOf(features);
}

function standardisationOf({
  mean,
  std,
  clip,
}: Pick<Manifest['observation'], 'mean' | 'std' | 'clip'>): Standardisation | undefined {
  return mean === undefined || std === undefined ? undefined : { mean, std, clip };
}

/** The range of the policy's actions, rad; base + residual is clamped to it. */
export function manifestActionRange({ action }: Manifest): ActionRange {
  return { lower: action.lower, upper: action.upper };
}

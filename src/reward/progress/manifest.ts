/** The manifest of a learned critic's model (schemas/progress.schema.json), and its files. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { loadYaml } from '../../config/yaml-file.js';
import type { ImageInput } from '../../policy/manifest.js';
import { checkSameImages, type ImageSpec } from '../../robot/image-spec.js';
import type { Standardisation } from '../../robot/normalisation.js';
import type { Task } from '../../sim/task.js';
import type { FeatureSettings } from '../features/frame-features.js';
import { versionOf } from '../version.js';

export type ProgressManifest = {
  readonly kind: 'pairwise' | 'stages';
  readonly task: string;
  readonly control_rate_hz: number;
  /** SHA-256 by the name of the ONNX file */
  readonly files: Readonly<Record<string, string>>;
  readonly images: readonly ImageInput[];
  /** what stands for the images; without it they are seen themselves */
  readonly features?: Standardisation & {
    readonly settings: FeatureSettings;
    /** of the features that it was trained with */
    readonly version: string;
  };
  /** of a stage classifier, success being the last */
  readonly stages?: number;
  readonly done: { readonly threshold: number; readonly temperature: number; readonly hold_s: number };
  readonly training_data?: {
    readonly sha256?: string;
    readonly demonstrations?: number;
    readonly others?: number;
    readonly moments?: number;
  };
};

/** The manifest's name in a model's folder. */
export const manifestName = 'manifest.yaml';

/** A model's folder, read and checked. */
export type ProgressFiles = {
  readonly manifest: ProgressManifest;
  /** path of the manifest, for errors */
  readonly file: string;
  /** contents by name */
  readonly onnx: Readonly<Record<string, Uint8Array>>;
};

/** What a model has to fit. */
export type ProgressTask = { readonly task: Task; readonly images: readonly ImageSpec[] };

/**
 * Reads `<folder>/manifest.yaml` and the files that it names.
 * @param expected names of files that the kind has beside `frame.onnx`
 * @throws ConfigError if the manifest does not fit its schema, is of another kind or task, or sees other images or at another rate;
 * if a file is missing or was changed
 */
export function loadProgress(
  folder: string,
  kind: ProgressManifest['kind'],
  expected: readonly string[],
  context: ProgressTask,
): ProgressFiles {
  const file = join(folder, manifestName);
  const manifest = loadYaml<ProgressManifest>(file, 'progress');
  if (manifest.kind !== kind) throw new ConfigError(file, 'kind', `is ${manifest.kind}, expected ${kind}`);
  checkFitsTask(manifest, file, context);
  const missing = ['frame.onnx', ...expected].find((name) => !(name in manifest.files));
  if (missing !== undefined) throw new ConfigError(file, `files.${missing}`, 'is not there');
  const onnx = Object.entries(manifest.files).map(([name, sha256]) => {
    return [name, readChecked(folder, name, sha256, file)] as const;
  });
  return { manifest, file, onnx: Object.fromEntries(onnx) };
}

/** 16 hexadecimal digits of a hash of the manifest, in which the files' hashes are, and of a critic's settings. */
export function modelVersion(
  manifest: ProgressManifest,
  settings: Readonly<Record<string, unknown>>,
): string {
  // Paths are left out: a model that was moved gives the same judgements.
  const others = Object.entries(settings).filter(([key]) => key !== 'model' && key !== 'pace');
  const { features, ...own } = manifest;
  const made = features === undefined ? undefined : { ...features, settings: undefined };
  return versionOf(JSON.stringify([own, made, others]));
}

function readChecked(folder: string, name: string, sha256: string, file: string): Uint8Array {
  const path = join(folder, name);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new ConfigError(file, `files.${name}`, `cannot be read: ${(error as Error).message}`);
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new ConfigError(file, `files.${name}`, `${path} was changed: it has ${found}`);
  return bytes;
}

function checkFitsTask(manifest: ProgressManifest, file: string, { task, images }: ProgressTask): void {
  if (manifest.task !== task.name)
    throw new ConfigError(file, 'task', `is ${manifest.task}; the reward is for ${task.name}`);
  if (Math.abs(manifest.control_rate_hz / task.control_rate_hz - 1) > 1e-6) {
    const what = `is ${manifest.control_rate_hz} Hz, ${task.file} runs at ${task.control_rate_hz} Hz`;
    throw new ConfigError(file, 'control_rate_hz', what);
  }
  const seen = manifest.images.map(({ image }) => image);
  checkSameImages(file, 'images', seen, images, task.file);
}

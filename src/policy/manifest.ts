/** The manifest beside a policy's ONNX file: what it expects and returns (schemas/manifest.schema.json). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { loadYaml } from '../config/yaml-file.js';
import type { ActionRange, Standardisation } from '../robot/normalisation.js';

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
  };
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
  readonly file: string;
  readonly onnx: Uint8Array;
  readonly sha256: string;
};

/**
 * Reads `<folder>/manifest.yaml` and the ONNX file it names.
 * @throws ConfigError if the manifest does not fit its schema, lengths disagree, or the ONNX file is missing or not the one
 * whose hash the manifest gives.
 */
export function loadPolicyFile(folder: string): PolicyFile {
  const manifestFile = join(folder, 'manifest.yaml');
  const manifest = loadYaml<Manifest>(manifestFile, 'manifest');
  checkLengths(manifest, manifestFile);
  const file = join(dirname(manifestFile), manifest.policy);
  let onnx: Uint8Array;
  try {
    onnx = readFileSync(file);
  } catch (error) {
    throw new ConfigError(manifestFile, 'policy', `${file} cannot be read: ${(error as Error).message}`);
  }
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  if (manifest.sha256 !== undefined && manifest.sha256 !== sha256) {
    throw new ConfigError(
      manifestFile,
      'sha256',
      `${manifest.policy} has ${sha256}, expected ${manifest.sha256}: the frozen policy was changed`,
    );
  }
  return { manifest, file, onnx, sha256 };
}

function checkLengths({ observation, action }: Manifest, file: string): void {
  const expect = (key: string, values: readonly number[] | undefined, length: number): void => {
    if (values !== undefined && values.length !== length) {
      throw new ConfigError(file, key, `has ${values.length} entries, expected ${length}`);
    }
  };
  expect('observation.mean', observation.mean, observation.names.length);
  expect('observation.std', observation.std, observation.names.length);
  expect('action.lower', action.lower, action.joints.length);
  expect('action.upper', action.upper, action.joints.length);
  if ((observation.mean === undefined) !== (observation.std === undefined)) {
    throw new ConfigError(file, 'observation', 'mean and std come together or not at all');
  }
  if (action.execute > action.chunk_size) {
    throw new ConfigError(
      file,
      'action.execute',
      `${action.execute} is more than chunk_size ${action.chunk_size}`,
    );
  }
  action.joints.forEach((joint, i) => {
    if (!(action.lower[i] < action.upper[i]))
      throw new ConfigError(file, `action.upper.${i}`, `${joint}: is not above lower`);
  });
}

/** How the policy's observations are standardised, or undefined if its file does that by itself. */
export function manifestStandardisation({ observation }: Manifest): Standardisation | undefined {
  if (observation.mean === undefined || observation.std === undefined) return undefined;
  return { mean: observation.mean, std: observation.std, clip: observation.clip };
}

/** The range of the policy's actions, rad; base + residual is clamped to it. */
export function manifestActionRange({ action }: Manifest): ActionRange {
  return { lower: action.lower, upper: action.upper };
}

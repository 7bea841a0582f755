/** Checkpoints: one safetensors file, replaced atomically. A resume that cannot be complete is an error, never a fresh start. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { writeFileAtomic } from '../config/atomic-file.js';
import { decodeSafetensors, encodeSafetensors, type Tensors, type Values } from '../engine/index.js';
import { gatedWeights, type GateSettings } from '../policy/gated-residual.js';
import type { ViewSetting } from '../policy/residual-input.js';
import { gateDeviations, type Hyperparameters } from './hyperparameters.js';

/** Where the learner stood. `random` is the state of its generator; `version` of the policy it last published. */
export type Progress = {
  readonly steps: number;
  readonly updates: number;
  readonly version: number;
  readonly random: readonly number[];
};

export type Checkpoint = {
  readonly tensors: Tensors;
  readonly progress: Progress;
  /** SHA-256 of the frozen base policy that the residual belongs to. */
  readonly base_sha256: string;
  /** Settings it was trained with. */
  readonly settings: Readonly<Record<string, unknown>>;
};

const fileName = 'residual.safetensors';

/** What a checkpoint acts with. */
export type CheckpointPolicy = GateSettings & { readonly weights: Values; readonly view: ViewSetting };

/** The part of a checkpoint that is needed to act. Those of before there was a gate have none. */
export function checkpointPolicy({ tensors, settings, progress }: Checkpoint): CheckpointPolicy {
  const gated = settings.gate === true;
  return {
    weights: gatedWeights(tensors, gated),
    view: (settings.view ?? 'state') as ViewSetting,
    action_scale: Number(settings.action_scale),
    gate_deviations: gated ? gateDeviations(progress.steps, settings as Hyperparameters) : 0,
  };
}

/** Writes `<folder>/residual.safetensors`. @throws Error if the disk is full; the last checkpoint then stays as it is. */
export function saveCheckpoint(
  folder: string,
  { tensors, progress, base_sha256, settings }: Checkpoint,
): void {
  mkdirSync(folder, { recursive: true });
  const metadata = { progress: JSON.stringify(progress), base_sha256, settings: JSON.stringify(settings) };
  writeFileAtomic(join(folder, fileName), encodeSafetensors({ tensors, metadata }));
}

/** Reads a checkpoint. @throws ConfigError if there is none, it is damaged, or a weight is not finite. */
export function loadCheckpoint(folder: string): Checkpoint {
  const file = join(folder, fileName);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new ConfigError(file, '', `there is no checkpoint to go on from: ${(error as Error).message}`);
  }
  try {
    const { tensors, metadata } = decodeSafetensors(bytes);
    for (const [name, values] of Object.entries(tensors)) {
      if (!values.every(Number.isFinite)) throw new Error(`tensor ${name} holds a value that is not finite`);
    }
    for (const key of ['progress', 'base_sha256', 'settings']) {
      if (metadata[key] === undefined) throw new Error(`is not a checkpoint of graft: it lacks ${key}`);
    }
    return {
      tensors,
      progress: checkedProgress(JSON.parse(metadata.progress)),
      base_sha256: metadata.base_sha256,
      settings: JSON.parse(metadata.settings) as Record<string, unknown>,
    };
  } catch (error) {
    throw new ConfigError(file, '', (error as Error).message);
  }
}

function checkedProgress(value: unknown): Progress {
  const { steps, updates, version, random } = value as Progress;
  const counts = [steps, updates, version].every((count) => Number.isSafeInteger(count) && count >= 0);
  if (!counts || !Array.isArray(random)) throw new Error(`progress ${JSON.stringify(value)} is not complete`);
  return { steps, updates, version, random };
}

/** Whether `folder` holds a checkpoint. */
export function checkpointExists(folder: string): boolean {
  return existsSync(join(folder, fileName));
}

/** Policies of two joints in folders of their own, for tests of what reads them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { scratchFolder } from '../config/scratch-folder.js';

export type ManifestPart = Record<string, unknown>;

/** The action of a manifest: two joints, chunks of three. */
export const twoJoints: ManifestPart = {
  output: 'action',
  joints: ['a', 'b'],
  normalised: false,
  lower: [-1, -1],
  upper: [1, 1],
  chunk_size: 3,
};

/** @param manifest what it says beside file and control rate, or in their place @returns the folder, gone after the test */
export function policyFolder(t: TestContext, onnx: Uint8Array, manifest: ManifestPart): string {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'policy.onnx'), onnx);
  const whole = { policy: 'policy.onnx', control_rate_hz: 10, ...manifest };
  writeFileSync(join(folder, 'manifest.yaml'), stringify(whole));
  return folder;
}

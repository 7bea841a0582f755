/** Progress functions of the task lift, by way of a reward file. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createCritics } from '../../../src/reward/create-critics.js';
import { judgeAll, type PrefixCritic } from '../../../src/reward/critic.js';
import type { Judgement } from '../../../src/reward/judgement.js';
import { loadReward } from '../../../src/reward/reward-file.js';
import { findTask } from '../../../src/sim/task.js';
import { scratchFolder } from '../../config/scratch-folder.js';
import { unlabelled } from '../clips.js';
import { clipOf, type Values } from '../moments.js';

export const lift = findTask('lift');

export type Settings = Readonly<Record<string, unknown>>;
type Cleaner = Parameters<typeof scratchFolder>[0];

/** The critic of a reward file with these settings, which a person could have written. */
export async function criticOf(t: Cleaner, settings: Settings): Promise<PrefixCritic> {
  return fromText(t, stringify({ progress: '0', ...settings }));
}

/** The critic of settings as they are written in YAML. */
export async function fromText(t: Cleaner, settings: string): Promise<PrefixCritic> {
  const file = join(scratchFolder(t), 'reward.yaml');
  const indented = `kind: progress_function\n${settings}`.replace(/^/gm, '      ');
  writeFileSync(file, `task: lift\ncritics:\n  p:\n${indented}\n`);
  const [critic] = await createCritics(loadReward(file));
  assert.ok(critic?.sees === 'prefix');
  return critic;
}

/** Judgements of moments with these values, in order. */
export async function judged(
  t: Cleaner,
  settings: Settings,
  ...values: readonly Values[]
): Promise<readonly Judgement[]> {
  return judgeAll(await criticOf(t, settings), clipOf(lift, ...values), unlabelled);
}

/** Reward files: which critics look, and how their opinions become a reward. */
import { existsSync } from 'node:fs';
import { ConfigError } from '../config/config-error.js';
import { nearestName } from '../config/nearest.js';
import { projectFile } from '../config/paths.js';
import { checkAgainst, loadSchema } from '../config/schema.js';
import { loadYaml } from '../config/yaml-file.js';
import type { ImageSpec } from '../robot/image-spec.js';
import { findTask, type Task } from '../sim/task.js';
import { cameraViews, type CameraView } from './camera-views.js';
import { parseMixer, type RawMixer } from './mixing/parse-mixer.js';
import type { MixerSpec } from './mixing/spec.js';

/** When a critic is asked: of the newest moment while the robot acts, or of all moments after the episode. */
export type Pace = 'latest' | 'episode';

/** What all critics have in common; the rest is the kind's own (`schemas/critics.schema.json`). */
export type CriticSettings = { readonly kind: string; readonly pace?: Pace; readonly [key: string]: unknown };

/** A reward file, checked, with the task it is for. */
export type RewardFile = {
  readonly file: string;
  readonly task: Task;
  readonly instruction: string;
  /** images that moments have */
  readonly images: readonly ImageSpec[];
  /** cameras that these come from by their own topics; undefined where they are the observation's */
  readonly views: readonly CameraView[] | undefined;
  /** settings by the critic's name */
  readonly critics: Readonly<Record<string, CriticSettings>>;
  /** success only where the file has no section `mixer` */
  readonly mixer: MixerSpec;
  /** what a person should know before using it, as lines of text */
  readonly warnings: readonly string[];
};

type Raw = {
  readonly task: string;
  readonly instruction?: string;
  readonly images?: readonly ImageSpec[];
  readonly critics: Readonly<Record<string, CriticSettings>>;
  readonly mixer: RawMixer;
};

/**
 * Reads a reward file (`schemas/reward.schema.json`) and the task that it names. The settings of each critic are checked against its
 * kind's own schema and get its defaults.
 * @throws ConfigError naming file and key
 */
export function loadReward(file: string): RewardFile {
  const raw = loadYaml<Raw>(file, 'reward');
  const task = findTask(raw.task);
  for (const [name, settings] of Object.entries(raw.critics)) {
    checkCritic(file, name, settings);
    checkTeacher(file, name, settings, Object.keys(raw.critics));
  }
  const { instruction = task.instruction, images = task.images, critics } = raw;
  const views = raw.images && cameraViews(task, raw.images);
  const { mixer, warnings } = parseMixer(raw.mixer, Object.keys(critics), file);
  return { file, task, instruction, images, views, critics, mixer, warnings };
}

/** The reward that a name means: one under `rewards/`, or else the path of a file. @throws ConfigError for an unknown name */
export function findReward(name: string): RewardFile {
  const shipped = projectFile('rewards', `${name}.yaml`);
  if (existsSync(shipped)) return loadReward(shipped);
  if (existsSync(name)) return loadReward(name);
  throw new ConfigError('reward', name, 'is neither a file nor one of those under rewards/');
}

function checkCritic(file: string, name: string, settings: CriticSettings): void {
  const kinds = loadSchema('critics').properties ?? {};
  const schema = kinds[settings.kind];
  if (schema === undefined) {
    const near = nearestName(settings.kind, Object.keys(kinds));
    const hint = near === undefined ? `kinds are ${Object.keys(kinds).join(', ')}` : `did you mean ${near}?`;
    throw new ConfigError(file, `critics.${name}.kind`, `${settings.kind} is not a critic; ${hint}`);
  }
  try {
    checkAgainst(`critics/${settings.kind}`, schema, settings, file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(file, `critics.${name}.${error.key}`, error.problem);
  }
}

/** A critic that learns from another names one of the file. */
function checkTeacher(
  file: string,
  name: string,
  { teacher }: CriticSettings,
  names: readonly string[],
): void {
  if (typeof teacher !== 'string' || (names.includes(teacher) && teacher !== name)) return;
  const others = names.filter((other) => other !== name).join(', ');
  const there = others === '' ? 'there is no other' : `there are ${others}`;
  throw new ConfigError(
    file,
    `critics.${name}.teacher`,
    `${teacher} is not another critic of this file; ${there}`,
  );
}

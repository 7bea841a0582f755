/**
 * A small network that learns, while the robot runs, what another critic says of moments, and says it at control rate (ONI, Zheng et
 * al. 2024: annotate asynchronously, distil). Learning happens in this process, in steps of some tens of milliseconds with pauses
 * between them; nobody waits for it.
 */
import { resolveBeside } from '../../../config/paths.js';
import { observationNames } from '../../../robot/observation-spec.js';
import type { CriticContext } from '../../create-critics.js';
import type { PrefixCritic } from '../../critic.js';
import { present, unknown } from '../../judgement.js';
import { Sight } from '../../progress/seen.js';
import type { CriticSettings } from '../../reward-file.js';
import { loadStudent, saveStudent } from './student-checkpoint.js';
import { studentNetwork, studentSignature } from './student-network.js';
import { Student, type StudentSettings } from './student.js';

type Settings = CriticSettings &
  StudentSettings & {
    readonly teacher: string;
    readonly checkpoint?: string;
    readonly done_threshold: number;
  };

/** A distilled critic; `settled` is over once it has learned all that it was told. */
export type DistilledCritic = PrefixCritic & {
  readonly learn: NonNullable<PrefixCritic['learn']>;
  settled(): Promise<void>;
};

/** Least time between two checkpoints, ms: each waits for the disk. */
const checkpointPeriod = 30_000;

/** @throws ConfigError if the checkpoint is damaged or of another task, teacher or network */
export async function distilled(
  { file, name, task, images }: CriticContext,
  settings: CriticSettings,
): Promise<DistilledCritic> {
  const { teacher, checkpoint, done_threshold, ...own } = settings as Settings;
  const state = observationNames(task.observation).length;
  const signature = studentSignature(studentNetwork(images, state));
  const identity = { task: task.name, teacher, signature, state };
  const folder = checkpoint === undefined ? undefined : resolveBeside(file, checkpoint);
  const from = folder === undefined ? undefined : loadStudent(folder, identity);
  const save = (): void => {
    if (folder !== undefined && student.state !== undefined) saveStudent(folder, student.state, identity);
  };
  let saved = performance.now();
  const onPublish = (): void => {
    if (performance.now() - saved < checkpointPeriod) return;
    saved = performance.now();
    save();
  };
  const student = await Student.create(images, state, own, from, onPublish);
  return studentCritic({ name, done_threshold }, student, new Sight(images), save);
}

function studentCritic(
  identity: Pick<PrefixCritic, 'name' | 'done_threshold'>,
  student: Student,
  sight: Sight,
  save: () => void,
): DistilledCritic {
  return {
    ...{ ...identity, model: 'distilled', sees: 'prefix' },
    get version() {
      return student.version;
    },
    judge: (clip) => {
      const now = present(clip);
      const reason = student.silent ?? sight.unseen(now);
      return reason === undefined ? student.judge(now) : Promise.resolve(unknown(reason));
    },
    learn: (clip, judgements) => {
      judgements.forEach((judgement, i) => {
        const moment = clip.moments[i];
        if (judgement !== undefined && sight.unseen(moment) === undefined) student.tell(moment, judgement);
      });
    },
    settled: () => student.settled(),
    dispose: async () => {
      await student.close();
      save();
    },
  };
}

/** Stages of a long command: each runs once, is marked complete, and is skipped from then on. */
import { Interrupted } from './launch-child.js';
import { formatDuration } from './progress.js';
import {
  clearStage,
  readSpentSeconds,
  readStage,
  writeSpentSeconds,
  writeStage,
  type RunFolder,
} from './run-folder.js';

export type Stage = {
  /** Name of its marker. */
  readonly name: string;
  readonly title: string;
  /** What the result depends on; a complete stage with other settings is done again. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly run: () => Promise<unknown>;
  /** Removes an unfinished result that `run` would go on from. */
  readonly discard?: () => void;
};

/** Forgets a stage's result, because what it was made from is made anew. */
export function discardStage(run: RunFolder, stage: Stage): void {
  clearStage(run, stage.name);
  writeSpentSeconds(run, stage.name, 0);
  stage.discard?.();
}

/** Whether a stage is complete with just these settings. */
export function isComplete(run: RunFolder, { name, settings }: Stage): boolean {
  const record = readStage(run, name);
  return record !== undefined && JSON.stringify(record.settings) === JSON.stringify(settings);
}

/**
 * Runs a stage unless it is complete. The time of interrupted starts counts.
 * @param place such as `2/6`, for the header
 */
export async function runStage(run: RunFolder, stage: Stage, place: string): Promise<void> {
  const done = readStage(run, stage.name);
  if (done !== undefined && isComplete(run, stage)) {
    console.error(`\n[${place}] ${stage.title}: complete (${formatDuration(done.seconds)})`);
    return;
  }
  console.error(`\n[${place}] ${stage.title}`);
  clearStage(run, stage.name);
  const earlier = readSpentSeconds(run, stage.name);
  const start = performance.now();
  const spent = (): number => earlier + (performance.now() - start) / 1000;
  try {
    await stage.run();
  } catch (error) {
    if (error instanceof Interrupted) writeSpentSeconds(run, stage.name, spent());
    throw error;
  }
  const { name, settings } = stage;
  writeStage(run, { stage: name, seconds: spent(), finished: new Date().toISOString(), settings });
  writeSpentSeconds(run, name, 0);
  console.error(`      took ${formatDuration(spent())}`);
}

/** A worker thread with one world: seeds in, episodes out. */
import { parentPort, workerData } from 'node:worker_threads';
import { findTask } from '../sim/task.js';
import { WorldRunner, type RunSpec, type WorldEpisode } from './world-runner.js';

/** What a worker says: an episode, or why it cannot go on. */
export type WorkerAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'episode'; readonly episode: WorldEpisode }
  | { readonly kind: 'failed'; readonly message: string };

const port = parentPort;
if (port !== null) {
  const answer = (message: WorkerAnswer): void => port.postMessage(message);
  const fail = (error: unknown): void =>
    answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  try {
    const spec = workerData as RunSpec;
    const runner = await WorldRunner.create(findTask(spec.task), spec);
    port.on('message', (seed: number) => {
      runner.run(seed).then((episode) => answer({ kind: 'episode', episode }), fail);
    });
    answer({ kind: 'ready' });
  } catch (error) {
    fail(error);
  }
}

/** Episodes in many simulations at once, one worker thread each. */
import { Worker } from 'node:worker_threads';
import type { WorkerAnswer } from './worker.js';
import type { RunSpec, WorldEpisode } from './world-runner.js';

export type PoolRequest = RunSpec & {
  /** Simulations that run at the same time. */
  readonly worlds: number;
  /** Seed of the first episode; episode i has seed + i. */
  readonly seed: number;
  /** Episodes at most; the caller may stop earlier. */
  readonly episodes: number;
};

/** Episodes that may be finished ahead of one that is still running, per world. */
const lookAhead = 4;

/**
 * Runs episodes and yields them in the order of their seeds, whatever world was quicker, so that results do not depend on
 * `worlds`. Leaving the loop ends the threads.
 * @throws Error with the worker's message if a world cannot be made or an episode fails
 */
export async function* runEpisodes(request: PoolRequest): AsyncGenerator<WorldEpisode, void, void> {
  const pool = new WorldPool(request);
  try {
    for (let i = 0; i < request.episodes; i++) yield await pool.episode(i);
  } finally {
    await pool.close();
  }
}

class WorldPool {
  readonly #workers: readonly Worker[];
  readonly #idle: Worker[] = [];
  readonly #finished = new Map<number, WorldEpisode>();
  /** index of the episode that is started next */
  #next = 0;
  /** index of the episode that is waited for */
  #wanted = 0;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;
  #closing = false;

  constructor(private readonly request: PoolRequest) {
    const { worlds, episodes, task, agent, randomise, trace } = request;
    const workerData: RunSpec = { task, agent, randomise, trace };
    this.#workers = Array.from({ length: Math.min(worlds, Math.max(1, episodes)) }, () => {
      const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
      worker.on('message', (answer: WorkerAnswer) => this.#hear(worker, answer));
      worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
      worker.on('exit', (code) => {
        if (!this.#closing) this.#fail(new Error(`a simulation's thread ended with code ${code}`));
      });
      return worker;
    });
  }

  /** The episode of an index, once it is finished. Indices are asked for in order. */
  async episode(index: number): Promise<WorldEpisode> {
    this.#wanted = index;
    this.#dispatch();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const episode = this.#finished.get(index);
      if (episode !== undefined) {
        this.#finished.delete(index);
        return episode;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #hear(worker: Worker, answer: WorkerAnswer): void {
    if (answer.kind === 'failed') return this.#fail(new Error(answer.message));
    if (answer.kind === 'episode')
      this.#finished.set(answer.episode.seed - this.request.seed, answer.episode);
    this.#idle.push(worker);
    this.#dispatch();
    this.#wake();
  }

  #dispatch(): void {
    const { episodes, seed } = this.request;
    const limit = Math.min(episodes, this.#wanted + lookAhead * this.#workers.length);
    while (this.#next < limit) {
      const worker = this.#idle.shift();
      if (worker === undefined) return;
      worker.postMessage(seed + this.#next++);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}

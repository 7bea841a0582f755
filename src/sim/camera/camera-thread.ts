import { Worker } from 'node:worker_threads';
import type { PictureOrder, ThreadPicture, ThreadScene } from './camera-worker.js';

/** Threads that one order may cost before it is given up. */
const maxAttempts = 2;

type Waiting = {
  readonly order: PictureOrder;
  readonly deliver: (picture: ThreadPicture | undefined) => void;
  readonly fail: (error: Error) => void;
  attempts: number;
};

/**
 * Draws pictures of a simulation's cameras in a thread of its own, one after the other, while physics and control go on.
 *
 * With `newest` an order takes the place of one of the same camera that waits: so at most one a camera waits, and what comes
 * out is never old. Without it every order is carried out, in turn; who gives them must wait while many do (`waiting`).
 * A thread that ends by itself is replaced, and gets the order that it had once more.
 */
export class CameraThread {
  readonly #scene: ThreadScene;
  readonly #newest: boolean;
  readonly #queue: Waiting[] = [];
  #drawing: Waiting | undefined;
  #worker: Worker | undefined;
  #closed = false;
  #dropped = 0;
  #restarts = 0;
  #lastError = '';

  constructor(scene: ThreadScene, { newest }: { readonly newest: boolean }) {
    this.#scene = scene;
    this.#newest = newest;
  }

  /** Orders that newer ones have displaced. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Threads that have ended by themselves; each was replaced. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Why the last of them ended. */
  get lastError(): string {
    return this.#lastError;
  }

  /** Orders that are not carried out yet. */
  get waiting(): number {
    return this.#queue.length + (this.#drawing === undefined ? 0 : 1);
  }

  /**
   * Orders a picture. The frame is copied when its turn comes: do not write to it meanwhile.
   * @returns the picture; undefined if a newer order has displaced this one, or the thread was closed
   * @throws Error if two threads have ended over it
   */
  draw(order: PictureOrder): Promise<ThreadPicture | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((deliver, fail) => {
      if (this.#newest) this.#drop(order.camera);
      this.#queue.push({ order, deliver, fail, attempts: 0 });
      this.#next();
    });
  }

  /** Ends the thread; what is still waiting is not drawn. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { deliver } of this.#queue.splice(0)) deliver(undefined);
    this.#drawing?.deliver(undefined);
    this.#drawing = undefined;
    await this.#worker?.terminate();
  }

  #drop(camera: number): void {
    const index = this.#queue.findIndex(({ order }) => order.camera === camera);
    if (index < 0) return;
    this.#dropped++;
    for (const { deliver } of this.#queue.splice(index, 1)) deliver(undefined);
  }

  #next(): void {
    if (this.#closed || this.#drawing !== undefined) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    this.#drawing = waiting;
    waiting.attempts++;
    this.#worker ??= this.#start();
    this.#worker.postMessage(waiting.order);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./camera-worker.js', import.meta.url), { workerData: this.#scene });
    worker.on('message', (picture: ThreadPicture) => {
      const done = this.#drawing;
      this.#drawing = undefined;
      done?.deliver(picture);
      this.#next();
    });
    worker.on('error', (error) => (this.#lastError = error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#ended(code));
    return worker;
  }

  #ended(code: number): void {
    if (this.#closed) return;
    this.#restarts++;
    this.#worker = undefined;
    if (this.#lastError === '') this.#lastError = `ended with code ${code}`;
    const failed = this.#drawing;
    this.#drawing = undefined;
    if (failed !== undefined && failed.attempts < maxAttempts) this.#queue.unshift(failed);
    else failed?.fail(new Error(`the camera's thread: ${this.#lastError}`));
    this.#next();
  }
}

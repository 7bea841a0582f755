/** The learning curve: one line of JSON every hundred control steps, flushed at once. */
import { appendJsonLine } from '../config/json-lines.js';
import type { UpdateMetrics } from './residual-learner.js';

export type LearningRecord = {
  readonly step: number;
  readonly updates: number;
  readonly critic_loss: number;
  readonly actor_loss: number;
  readonly target_mean: number;
  /** Mean |residual| in units of its bound. */
  readonly residual_abs: number;
  /** Share of successes among the last episodes, exploration included. */
  readonly success_rate: number;
  readonly steps_per_s: number;
  /** Seconds of learning by this process. */
  readonly wall_s: number;
};

/** Control steps between two lines. */
const period = 100;

/** Episodes that the success rate looks back on. */
const window = 50;

export class LearningLog {
  readonly #outcomes: boolean[] = [];
  readonly #beginning = performance.now();
  #latest: UpdateMetrics | undefined;
  #lastTime = performance.now();
  #lastStep: number;

  /** @param file appended to; its folder is made. @param step the first line comes after this step */
  constructor(
    private readonly file: string,
    step: number,
  ) {
    this.#lastStep = step;
  }

  episode(success: boolean): void {
    this.#outcomes.push(success);
    if (this.#outcomes.length > window) this.#outcomes.shift();
  }

  update(metrics: UpdateMetrics): void {
    this.#latest = metrics;
  }

  /** Writes a line where one is due. @throws Error naming the file when the disk is full */
  step(step: number, updates: number): void {
    if (step - this.#lastStep < period) return;
    const now = performance.now();
    const steps_per_s = (1000 * (step - this.#lastStep)) / (now - this.#lastTime);
    const success_rate = this.#outcomes.filter(Boolean).length / Math.max(1, this.#outcomes.length);
    const { critic_loss = 0, actor_loss = 0, target_mean = 0, residual_abs = 0 } = this.#latest ?? {};
    const wall_s = (now - this.#beginning) / 1000;
    const record: LearningRecord = {
      step,
      updates,
      critic_loss,
      actor_loss,
      target_mean,
      residual_abs,
      success_rate,
      steps_per_s,
      wall_s,
    };
    appendJsonLine(this.file, record);
    this.#lastStep = step;
    this.#lastTime = now;
  }
}

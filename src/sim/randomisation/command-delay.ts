/** The time between a command and its effect, counted in physics steps. */

/**
 * A queue of commands. Per control step: `push`, then `next` before every physics step. A command pushed before physics
 * step k takes effect at physics step k + delay; with delay 0 that is at once.
 */
export class CommandDelay {
  #delay = 0;
  #now = 0;
  #queue: { readonly due: number; readonly targets: Float64Array }[] = [];

  /** Physics steps from a command to its effect. */
  get delay(): number {
    return this.#delay;
  }

  /**
   * Forgets what is under way.
   * @param delay physics steps from a command to its effect
   * @throws RangeError unless it is a whole number that is not negative
   */
  reset(delay: number): void {
    if (!Number.isInteger(delay) || delay < 0)
      throw new RangeError(`a delay of ${delay} physics steps, expected a whole number from 0 on`);
    this.#delay = delay;
    this.#now = 0;
    this.#queue = [];
  }

  /** Sends a command (copied) off: joint targets, rad. */
  push(targets: Float64Array): void {
    this.#queue.push({ due: this.#now + this.#delay, targets: targets.slice() });
  }

  /** The command that takes effect at this physics step, or undefined if the last one stays in force. */
  next(): Float64Array | undefined {
    let latest: Float64Array | undefined;
    while (this.#queue.length > 0 && this.#queue[0].due <= this.#now) latest = this.#queue.shift()?.targets;
    this.#now++;
    return latest;
  }
}

/** A latency or delay as whole physics steps, to the nearest. @param latency, timestep s */
export function delaySteps(latency: number, timestep: number): number {
  return Math.round(latency / timestep);
}

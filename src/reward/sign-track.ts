/** What the task's own sensors said during an episode, by time. */
import type { TaskState } from '../interfaces/graft-messages.js';
import { nanosecondsFromTime } from '../interfaces/ros-time.js';
import type { Signs } from './judgement.js';

/** Signs in the order of their stamps. Observations are joined to them by stamp: in realtime both count their own steps. */
export class SignTrack {
  readonly #stamps: bigint[] = [];
  readonly #signs: Signs[] = [];

  /** Takes in a message; they come in the order of their stamps. */
  add({ header, success, failure, names, values }: TaskState): void {
    this.#stamps.push(nanosecondsFromTime(header.stamp));
    this.#signs.push({
      ...{ success, failure },
      values: Object.fromEntries(names.map((name, i) => [name, values[i]])),
    });
  }

  /** Stamp of the newest signs, ns; -1 before there are any. */
  get newest(): bigint {
    return this.#stamps.at(-1) ?? -1n;
  }

  /** The last signs that are not later than a stamp [ns]; in lockstep those of the stamp itself. */
  at(stamp: bigint): Signs | undefined {
    let index = this.#stamps.length - 1;
    while (index >= 0 && this.#stamps[index] > stamp) index--;
    return this.#signs[index];
  }
}

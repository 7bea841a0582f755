/** What is computed of a moment is computed once: the beginnings of a clip share their moments. */
import type { Moment } from './judgement.js';

/** The same function, which keeps what it found as long as the moment is there. */
export function byMoment<T>(compute: (moment: Moment) => Promise<T>): (moment: Moment) => Promise<T> {
  const known = new WeakMap<Moment, Promise<T>>();
  return (moment) => {
    let found = known.get(moment);
    if (found === undefined) {
      found = compute(moment);
      known.set(moment, found);
      // What failed once is tried again.
      found.catch(() => known.delete(moment));
    }
    return found;
  };
}

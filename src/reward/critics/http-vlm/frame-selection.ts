/** Which frames of many are shown, and in which order. */
import { createHash } from 'node:crypto';
import { createRandom } from '../../../engine/index.js';

/** At most `count` items at even distance, with the first and the last; of a single one the last. */
export function evenly<T>(items: readonly T[], count: number): T[] {
  const last = items.length - 1;
  if (items.length <= count) return [...items];
  if (count === 1) return [items[last]];
  return Array.from({ length: count }, (_, i) => items[Math.round((i * last) / (count - 1))]);
}

/** The items in an order that the episode's name alone decides (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], name: string): T[] {
  const random = createRandom(createHash('sha256').update(name).digest().readUInt32LE(0));
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

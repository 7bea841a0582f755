import { createRandom, mlpInitial, type Values } from '../../src/engine/index.js';
import { criticNetwork, criticPrefix, type CriticShape } from '../../src/policy/residual-critic.js';

/** Critics that are all the same, but for sign and size of what they say: `slopes[head]` times what the first one would. */
export function alikeCritics(shape: CriticShape, slopes: readonly number[]): Values {
  const weights = mlpInitial(criticPrefix, criticNetwork(shape), createRandom(6));
  for (const [name, values] of Object.entries(weights)) {
    const first = values.slice(0, values.length / slopes.length);
    const isLast = name.includes('/layer2/');
    slopes.forEach((slope, head) =>
      values.set(isLast ? first.map((weight) => slope * weight) : first, head * first.length),
    );
  }
  return weights;
}

/** A seeded source of numbers; the same seed gives the same numbers on every machine. */
export type Random = {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** A whole number in [0, n). */
  integer(n: number): number;
  /** Everything needed to go on from here: give it to `createRandom`. */
  state(): number[];
};

/** Rounds thrown away so that near seeds do not give near sequences, as sfc32's author does. */
const WARM_UP_ROUNDS = 15;
/** The number of numbers a state has: three words, a counter, and whether a second normal is kept, and which. */
const STATE_LENGTH = 6;

/**
 * A random source: sfc32 (C. Doty-Humphrey, PractRand), normals by Box and Muller (1958).
 * @param seed any whole number; negative ones are taken modulo 2^64
 * @param state what `state()` gave, to go on from there; the seed is then not used
 */
export function createRandom(seed: number, state?: readonly number[]): Random {
  const words = new Uint32Array(4);
  let spare: number | undefined;
  const next = (): number => {
    const sum = (words[0] + words[1] + words[3]) >>> 0;
    words[3] += 1;
    words[0] = words[1] ^ (words[1] >>> 9);
    words[1] = words[2] + (words[2] << 3);
    words[2] = ((words[2] << 21) | (words[2] >>> 11)) + sum;
    return sum;
  };
  const uniform = (): number => next() / 2 ** 32;
  const normal = (): number => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  if (state === undefined) {
    words.set([Math.floor(seed / 2 ** 32), seed, 0, 1]);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) next();
  } else {
    if (state.length !== STATE_LENGTH)
      throw new Error(`a random state has ${STATE_LENGTH} numbers, got ${state.length}`);
    words.set(state.slice(0, 4));
    spare = state[4] === 1 ? state[5] : undefined;
  }
  return {
    uniform,
    normal,
    integer: (n) => Math.floor(uniform() * n),
    state: () => [...words, spare === undefined ? 0 : 1, spare ?? 0],
  };
}

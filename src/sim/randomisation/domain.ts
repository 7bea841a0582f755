/** A domain: the numbers that an episode's seed drew, by name, as they are applied, recorded and replayed. */
import { ConfigError } from '../../config/config-error.js';
import { suggestion } from '../../config/nearest.js';
import { seededRandom, uniform } from '../random.js';
import type { Bounds } from './spec.js';

/** Names and values of graft_msgs/Domain, as long as each other. What a name means: docs/randomisation.md. */
export type Domain = { readonly names: readonly string[]; readonly values: Float64Array };

/** One number of a domain and what it is drawn from; equal bounds make a constant. */
export type DomainParameter = {
  readonly name: string;
  readonly bounds: Bounds;
  /** rounds what is drawn down to a whole number */
  readonly whole?: boolean;
};

/** A task's randomisation, checked against its model. */
export type CompiledRandomisation = readonly DomainParameter[];

/** Name of the seed of the sensor noise. */
export const noiseSeedName = 'noise.seed';

/** A seed as a number of a domain: a whole number below 2^32. */
export function seedParameter(name: string): DomainParameter {
  return { name, bounds: [0, 2 ** 32], whole: true };
}

/** The domain of an episode that draws nothing. */
export const emptyDomain: Domain = { names: [], values: new Float64Array() };

/**
 * The domain of an episode.
 *
 * Every number has a stream of its own, seeded from the episode's seed and its name, so that a task file that
 * randomises more draws the same masses as before. The streams differ from the reset's and the expert's of the same seed.
 * @param seed the episode's; its low 32 bits count
 */
export function drawDomain(parameters: CompiledRandomisation, seed: number): Domain {
  const values = parameters.map(({ name, bounds, whole = false }) => {
    const value = uniform(streamOf(seed, name), bounds);
    return whole ? Math.floor(value) : value;
  });
  return { names: parameters.map(({ name }) => name), values: Float64Array.from(values) };
}

/**
 * The domain that a bag holds.
 * @param known every name that means something in the model (`DomainModel.names`)
 * @throws ConfigError for an unknown name, a name used twice, a value that is not finite, or lists of different length
 */
export function domainFrom(
  names: readonly string[],
  values: ArrayLike<number>,
  known: readonly string[],
): Domain {
  if (names.length !== values.length)
    throw new ConfigError('domain', '', `${names.length} names for ${values.length} values`);
  const all = new Set(known);
  names.forEach((name, i) => {
    if (!all.has(name))
      throw new ConfigError('domain', name, `the simulation has no such number${suggestion(name, known)}`);
    if (names.indexOf(name) !== i) throw new ConfigError('domain', name, 'is there twice');
    if (!Number.isFinite(values[i])) throw new ConfigError('domain', name, `is ${values[i]}`);
  });
  return { names: [...names], values: Float64Array.from(values) };
}

/** The value of a name, or `otherwise` where the domain lacks it. */
export function domainValue(domain: Domain, name: string, otherwise: number): number {
  const index = domain.names.indexOf(name);
  return index < 0 ? otherwise : domain.values[index];
}

/** The multiplier differs from the expert's; both are odd, so that different seeds never meet (MurmurHash3's second). */
function streamOf(seed: number, name: string): () => number {
  return seededRandom(Math.imul(seed + 1, 0xc2b2ae35) ^ fnv1a(name));
}

/** FNV-1a of the UTF-16 units, 32 bits (Fowler, Noll, Vo). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** From section `mixer` of a reward file, as its schema lets it through, to a `MixerSpec`. */
import { ConfigError } from '../../config/config-error.js';
import { requireKnownName } from '../../config/known-name.js';
import type { MixerSpec, Sign, TermSpec } from './spec.js';

/** A term as it is written. */
type RawTerm = Omit<TermSpec, 'critics' | 'range' | 'clip' | 'cap'> & RawCritics & RawLimits;
type RawCritics = {
  readonly critic?: string | undefined;
  readonly critics?: readonly string[] | undefined;
};
type RawLimits = {
  readonly range?: readonly [number, number] | undefined;
  readonly clip?: number | undefined;
  readonly cap?: number | undefined;
};

/** The section as it is written, with the schema's defaults. */
export type RawMixer = Omit<MixerSpec, 'terms'> & { readonly terms: Readonly<Record<string, RawTerm>> };

/** Values that are shares or probabilities, whichever critic states them. */
const shares = ['progress', 'done'];

/**
 * Checks names and what belongs together.
 * @param critics names of the file's critics
 * @returns the settings, and what a person should know about them
 * @throws ConfigError naming file and key
 */
export function parseMixer(
  { success, terms, penalties, infractions }: RawMixer,
  critics: readonly string[],
  file: string,
): { mixer: MixerSpec; warnings: string[] } {
  const parsed: Record<string, TermSpec> = {};
  for (const [name, raw] of Object.entries(terms)) {
    const key = `mixer.terms.${name}`;
    if (name === 'success') throw new ConfigError(file, key, 'is the name of what the outcome pays');
    const { critic, critics: several, range, clip, cap, ...rest } = raw;
    const term = {
      ...rest,
      ...limitsOf({ range, clip, cap }, rest.value, key, file),
      critics: criticsOf({ critic, critics: several }, key, critics, file),
    };
    checkForm(term, key, file);
    parsed[name] = term;
  }
  checkSigns(penalties, 'mixer.penalties', critics, file);
  checkSigns(infractions, 'mixer.infractions', critics, file);
  const mixer = { success, terms: parsed, penalties, infractions };
  checkPenalties(mixer, file);
  return { mixer, warnings: warningsOf(mixer) };
}

function criticsOf(
  { critic, critics }: RawCritics,
  key: string,
  known: readonly string[],
  file: string,
): readonly string[] {
  if (critic !== undefined && critics === undefined) {
    requireKnownName('critic', critic, known, `${key}.critic`, file);
    return [critic];
  }
  if (critics === undefined || critic !== undefined)
    throw new ConfigError(file, key, 'needs either critic or critics');
  critics.forEach((name, i) => requireKnownName('critic', name, known, `${key}.critics.${i}`, file));
  return critics;
}

function limitsOf(
  { range, clip = Infinity, cap = Infinity }: RawLimits,
  value: string,
  key: string,
  file: string,
): Pick<TermSpec, 'range' | 'clip' | 'cap'> {
  const isShare = shares.includes(value);
  if (range === undefined && !isShare)
    throw new ConfigError(file, `${key}.range`, `is missing: nothing else bounds the component ${value}`);
  const [low, high] = range ?? [0, 1];
  if (low >= high) throw new ConfigError(file, `${key}.range`, `${low} is not below ${high}`);
  if (isShare && (low < 0 || high > 1))
    throw new ConfigError(file, `${key}.range`, `${value} is between 0 and 1, got [${low}, ${high}]`);
  return { range: [low, high], clip, cap };
}

/**
 * A potential leaves the optimal policy alone only as it is: what limits, bends, scales or withholds it makes of it something that the
 * return does not telescope over (Ng et al. 1999).
 */
function checkForm(term: TermSpec, key: string, file: string): void {
  const { form, normalise, squash, clip, cap, gate, weight } = term;
  if (form === 'difference' && squash === 'par' && cap === Infinity) {
    const problem = 'needs a cap with form difference: a slow way up and a quick way down earn something';
    throw new ConfigError(file, `${key}.squash`, problem);
  }
  if (form !== 'potential') return;
  const broken = {
    clip: clip !== Infinity,
    cap: cap !== Infinity,
    gate: gate !== 'none',
    squash: squash !== 'none',
    normalise: normalise !== 'none',
    weight: typeof weight !== 'number',
  };
  for (const [name, given] of Object.entries(broken)) {
    if (!given) continue;
    const what = name === 'weight' ? 'a weight that changes' : name;
    const problem =
      `does not go together with form potential: with ${what} the terms of an episode no longer add up ` +
      'to the potential it began with, and the optimal policy may change; take form difference';
    throw new ConfigError(file, `${key}.${name}`, problem);
  }
}

function checkSigns(
  signs: Readonly<Record<string, Sign>>,
  section: string,
  known: readonly string[],
  file: string,
): void {
  for (const [name, { critic }] of Object.entries(signs))
    requireKnownName('critic', critic, known, `${section}.${name}.critic`, file);
}

function checkPenalties({ terms, penalties }: MixerSpec, file: string): void {
  const potential = Object.keys(terms).find((name) => terms[name].form === 'potential');
  const [penalty] = Object.keys(penalties);
  if (potential === undefined || penalty === undefined) return;
  const problem = `would break the invariance of the potential ${potential}, since it changes some of its steps only; take form difference there`;
  throw new ConfigError(file, `mixer.penalties.${penalty}`, problem);
}

function warningsOf({ terms }: MixerSpec): string[] {
  return Object.entries(terms)
    .filter(([, { form }]) => form === 'level')
    .map(
      ([name]) =>
        `mixer.terms.${name}: form level pays for every step near the goal, so a policy that stays there unfinished ` +
        'can out-earn one that finishes; take potential or difference',
    );
}

/** Keys of a randomisation section, resolved to names of the model. */
import { ConfigError } from '../../config/config-error.js';
import { nearestName } from '../../config/nearest.js';

/** The key that stands for everything at once: one number for all. */
export const everything = 'all';

export type NameChoice = {
  /** names that a pattern can match */
  readonly names: readonly string[];
  /** other names for some of them, such as frames for the bodies that they are fixed to */
  readonly aliases?: ReadonlyMap<string, readonly string[]>;
  /** whether `all` is allowed */
  readonly shared?: boolean;
};

/**
 * What the entries say of each name, in the order of `choice.names`, after `all`. A later entry replaces an earlier one
 * of the same name.
 * @param entries by name, alias or pattern with `*` (any number of characters), or `all`
 * @param key of the section in the file, for errors
 * @throws ConfigError for a key that is no name, alias or matching pattern
 */
export function selectNames<T>(
  entries: Readonly<Record<string, T>>,
  choice: NameChoice,
  key: string,
  file: string,
): [name: string, entry: T][] {
  const chosen = new Map<string, T>();
  for (const [name, entry] of Object.entries(entries)) {
    for (const match of matchesOf(name, choice, `${key}.${name}`, file)) chosen.set(match, entry);
  }
  return [everything, ...choice.names].flatMap((name) => {
    const entry = chosen.get(name);
    return entry === undefined ? [] : [[name, entry]];
  });
}

function matchesOf(name: string, choice: NameChoice, key: string, file: string): readonly string[] {
  const { names, aliases, shared = false } = choice;
  if (name === everything && shared) return [everything];
  const meant = aliases?.get(name) ?? (names.includes(name) ? [name] : undefined);
  if (meant !== undefined) return meant;
  const known = [...(shared ? [everything] : []), ...(aliases?.keys() ?? []), ...names];
  if (!name.includes('*')) throw new ConfigError(file, key, unknownName(name, known));
  const pattern = new RegExp(`^${name.split('*').map(escapeRegExp).join('.*')}$`);
  const matches = names.filter((candidate) => pattern.test(candidate));
  if (matches.length === 0) throw new ConfigError(file, key, `matches none of ${listing(known)}`);
  return matches;
}

function unknownName(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return near === undefined ? `unknown; the names are ${listing(known)}` : `unknown; did you mean ${near}?`;
}

function listing(names: readonly string[]): string {
  const first = names.filter((name) => !name.startsWith('#')).slice(0, 12);
  return first.length === 0 ? '(none)' : `${first.join(', ')}${names.length > 12 ? ', ...' : ''}`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

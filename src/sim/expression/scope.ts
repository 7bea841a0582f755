/** The names that an expression may use. */
import { ConfigError } from '../../config/config-error.js';
import { nearestName } from '../../config/nearest.js';
import type { SceneNames } from '../scene-state.js';
import { functionNames, sceneFunctions, type NameKind } from './functions.js';
import { reservedWords } from './tokens.js';

export type Quantity = { readonly index: number; readonly type: 'number' | 'boolean' };

export type Scope = {
  /** of conditions that are remembered from step to step */
  readonly control_rate_hz: number;
  /** all empty where there is no scene to ask, and with it no function of the scene */
  readonly names: Readonly<Record<NameKind, ReadonlySet<string>>>;
  /** those that come before the expression */
  readonly quantities: ReadonlyMap<string, Quantity>;
  /** names of the quantities that do not: the expression itself, if it is one, and later ones */
  readonly later: readonly string[];
};

export const valueWords = ['time', 'pi'] as const;

/** A name of the scene that is not written in the language can be given another by the task's `frames`. */
export function namesByKind({ places, bodies, joints }: SceneNames): Scope['names'] {
  return { place: new Set(places), body: new Set(bodies), joint: new Set(joints) };
}

/** @throws ConfigError at `key` of `file` if expressions could not use a quantity of this name */
export function checkQuantityName(scope: NamedScope, file: string, key: string, name: string): void {
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new ConfigError(
      file,
      key,
      'a name has letters, digits and underscores only and starts with no digit',
    );
  if (callable(scope).includes(name)) throw new ConfigError(file, key, `'${name}' is the name of a function`);
  // The topic task_state lists the stage among the quantities.
  if ([...reservedWords, ...valueWords, 'stage'].includes(name))
    throw new ConfigError(file, key, `'${name}' is a word of the language`);
}

/** Why `name` has no value. */
export function unknownValue(scope: Scope, name: string): string {
  const { names, quantities, later } = scope;
  if (callable(scope).includes(name)) return `${name} is a function: write ${name}(...)`;
  if (later.includes(name))
    return `only quantities that are listed earlier can be used, and '${name}' is not`;
  if (names.place.has(name))
    return `'${name}' is a place, not a value: ask something of it, as in height(${name})`;
  if (names.joint.has(name)) return `'${name}' is a joint, not a value: write joint(${name})`;
  const known = [...quantities.keys(), ...valueWords, 'true', 'false'];
  const parts = known.filter((value) => value.startsWith(`${name}.`));
  if (parts.length > 0) return `'${name}' has no value of its own; known: ${listed(parts)}`;
  return `unknown quantity '${name}'${suggestion(name, known) || `; known: ${listed(known)}`}`;
}

const mostListed = 30;

function listed(names: readonly string[]): string {
  const more = names.length - mostListed;
  return names.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

type NamedScope = Pick<Scope, 'names'>;

/** Whether there is a scene that functions can ask. */
export function isSeen({ names }: NamedScope): boolean {
  return names.place.size > 0;
}

/** Names of the functions that can be called. */
function callable(scope: NamedScope): readonly string[] {
  return isSeen(scope) ? functionNames : functionNames.filter((name) => !sceneFunctions.has(name));
}

/** Why `name` cannot be called. */
export function unknownFunction(scope: Scope, name: string): string {
  const { quantities } = scope;
  if (quantities.has(name) || valueWords.some((word) => word === name))
    return `'${name}' is a value, not a function: write it without parentheses`;
  if (!isSeen(scope) && sceneFunctions.has(name))
    return `${name} asks the scene, of which nothing is known here: use the values that are observed`;
  const known = callable(scope);
  return `unknown function '${name}'${suggestion(name, known) || `; known: ${known.join(', ')}`}`;
}

const descriptions: Readonly<Record<NameKind, string>> = {
  place: 'a place (a frame of the task, a hand or a body)',
  body: 'a body that can be touched (a body, a hand, or a frame that is a body)',
  joint: 'an actuated joint',
};

/** What a function that takes a name of this kind expects. */
export function expectedName(kind: NameKind): string {
  return `the name of ${descriptions[kind]}`;
}

/** Why `name` cannot be given where a name of this kind is expected. */
export function unsuitableName({ names, quantities }: Scope, kind: NameKind, name: string): string {
  const known = [...names[kind]];
  const also = quantities.has(name) ? `'${name}' is a quantity` : `'${name}' is not one`;
  return `expected ${expectedName(kind)}: ${also}${suggestion(name, known)}`;
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `; did you mean '${nearest}'?`;
}

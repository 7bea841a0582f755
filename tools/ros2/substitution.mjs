/**
 * Substitutions of launch files: `$(var x)`, `$(env X default)`, `$(find-pkg-share pkg)`, `$(dirname)` and a few more.
 * Grammar: share/launch/frontend/grammar.lark of ROS 2's `launch`.
 */
import { dirname } from 'node:path';
import { findExecutable, packagePrefix, packageShare } from './ament-index.mjs';
import { evaluateExpression } from './expression.mjs';

/** An error that the author of the launch file can mend. */
export class LaunchError extends Error {
  constructor(message) {
    super(message);
    this.name = 'LaunchError';
  }
}

/**
 * @typedef {string | {name: string, args: Template[]}} Part
 * @typedef {Part[]} Template text and substitutions in turn
 */

/**
 * Reads a template.
 * @param {string} text
 * @returns {Template}
 * @throws {LaunchError} when a substitution is not closed
 */
export function parseTemplate(text) {
  const reader = { text, at: 0 };
  const parts = readFragments(reader, () => reader.at >= text.length);
  return parts.length === 0 ? [''] : parts;
}

function readFragments(reader, atEnd) {
  const parts = [];
  let literal = '';
  while (!atEnd()) {
    if (reader.text.startsWith('$(', reader.at)) {
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push(readSubstitution(reader));
    } else {
      literal += readCharacter(reader);
    }
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

/** One character; a backslash takes the next one as it is. */
function readCharacter(reader) {
  if (reader.text[reader.at] === '\\' && reader.at + 1 < reader.text.length) reader.at += 1;
  const character = reader.text[reader.at];
  reader.at += 1;
  return character;
}

function readSubstitution(reader) {
  const begin = reader.at;
  const match = /^\$\(([A-Za-z][A-Za-z0-9_-]*)/.exec(reader.text.slice(begin));
  if (match === null) throw new LaunchError(`'${reader.text.slice(begin)}' is not a substitution`);
  reader.at += match[0].length;
  const args = [];
  while (reader.text[reader.at] === ' ') {
    reader.at += 1;
    args.push(readArgument(reader));
  }
  if (reader.text[reader.at] !== ')') {
    throw new LaunchError(`the substitution '${reader.text.slice(begin)}' is not closed`);
  }
  reader.at += 1;
  return { name: match[1], args };
}

function readArgument(reader) {
  const quote = reader.text[reader.at];
  if (quote !== "'" && quote !== '"') {
    return readFragments(
      reader,
      () => reader.at >= reader.text.length || ' )'.includes(reader.text[reader.at]),
    );
  }
  reader.at += 1;
  const parts = readFragments(
    reader,
    () => reader.at >= reader.text.length || reader.text[reader.at] === quote,
  );
  if (reader.at >= reader.text.length) throw new LaunchError(`a ${quote} is not closed in '${reader.text}'`);
  reader.at += 1;
  return parts;
}

/**
 * @typedef {object} Scope
 * @property {Record<string, string>} configurations launch configurations by name
 * @property {Record<string, string | undefined>} env
 * @property {string} file the launch file, an absolute path
 */

/**
 * Replaces the substitutions of a template.
 * @param {Template} template
 * @param {Scope} scope
 * @returns {string}
 */
export function perform(template, scope) {
  return template.map((part) => (typeof part === 'string' ? part : performOne(part, scope))).join('');
}

/** Reads and replaces at once. */
export function expand(text, scope) {
  return perform(parseTemplate(text), scope);
}

/**
 * Whether a condition holds: `true` and `1` do, `false` and `0` do not, in any case of letters.
 * @throws {LaunchError} for anything else
 */
export function isTrue(text) {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  throw new LaunchError(`'${text}' is not a condition: expected true, false, 1 or 0`);
}

function optional(values, index, message) {
  if (values[index] === undefined) throw new LaunchError(message);
  return values[index];
}

const truth = (value) => (value ? 'true' : 'false');

/** By name: how many arguments at least and at most, and what comes of them. */
const KINDS = {
  var: [
    1,
    2,
    ([name, other], scope) =>
      scope.configurations[name] ?? optional([other], 0, `the launch configuration '${name}' does not exist`),
  ],
  env: [
    1,
    2,
    ([name, other], scope) =>
      scope.env[name] ?? optional([other], 0, `the environment variable '${name}' is not set`),
  ],
  dirname: [0, 0, (_, scope) => dirname(scope.file)],
  filename: [0, 0, (_, scope) => scope.file],
  'find-pkg-share': [1, 1, ([name], scope) => packageShare(name, scope.env)],
  'find-pkg-prefix': [1, 1, ([name], scope) => packagePrefix(name, scope.env)],
  'exec-in-pkg': [2, 2, ([executable, name], scope) => findExecutable(name, executable, scope.env)],
  not: [1, 1, ([a]) => truth(!isTrue(a))],
  and: [2, 2, ([a, b]) => truth(isTrue(a) && isTrue(b))],
  or: [2, 2, ([a, b]) => truth(isTrue(a) || isTrue(b))],
  equals: [2, 2, ([a, b]) => truth(a === b)],
  'not-equals': [2, 2, ([a, b]) => truth(a !== b)],
};

function performOne({ name, args }, scope) {
  const values = args.map((arg) => perform(arg, scope));
  if (name === 'eval') return evaluateExpression(values.join(' '));
  if (!Object.hasOwn(KINDS, name)) {
    const known = [...Object.keys(KINDS), 'eval'].join(', ');
    throw new LaunchError(`the embedded ros2 does not know $(${name} ...); it knows ${known}`);
  }
  const [least, most, act] = KINDS[name];
  if (values.length < least || values.length > most) {
    throw new LaunchError(`$(${name} ...) takes ${least} to ${most} arguments, got ${values.length}`);
  }
  return act(values, scope);
}

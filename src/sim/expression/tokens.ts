/** The characters and words of the language, checked before mathjs reads them: its parser knows far more than we allow. */
import type { ConfigError } from '../../config/config-error.js';
import { suggestion } from '../../config/nearest.js';
import { refusal, type Source } from './source.js';

export const maxCharacters = 400;
export const maxDepth = 20;

const token = new RegExp(
  [
    '(?<blank>\\s+)',
    '(?<number>(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?)',
    '(?<name>[A-Za-z_]\\w*(?:\\.[A-Za-z_]\\w*)*)',
    '(?<operator><=|>=|==|!=|[-+*/^<>?:(),])',
  ].join('|'),
  'y',
);

/** Words that mathjs reads as operators. */
const operatorWords: ReadonlySet<string> = new Set(['and', 'or', 'not']);
const refusedWords: ReadonlySet<string> = new Set(['mod', 'to', 'in', 'xor']);

/** Words that cannot be names of quantities. */
export const reservedWords: readonly string[] = [
  ...operatorWords,
  ...refusedWords,
  ...['true', 'false', 'NaN', 'Infinity', 'null', 'undefined'],
];

const noStrings = 'strings are not part of the language; write names without quotes';
const noProperties = 'property access is not part of the language';
const noIndexing = 'arrays and indexing are not part of the language';
const noObjects = 'objects are not part of the language';
const reasons: ReadonlyMap<string, string> = new Map([
  ['.', noProperties],
  ['=', "assignments and definitions are not part of the language; '==' compares"],
  ['"', noStrings],
  ["'", noStrings],
  ['`', noStrings],
  ['[', noIndexing],
  [']', noIndexing],
  ['{', noObjects],
  ['}', noObjects],
  [';', 'an expression is one value; there are no statements'],
  ['&', "write 'and'"],
  ['|', "write 'or'"],
  ['!', "write 'not', or '!=' for unequal"],
  ['%', 'percentages and remainders are not part of the language'],
]);

/**
 * Columns, from 1, of the names and numbers of an expression, in order. mathjs keeps no positions; its tree lists the same
 * names and numbers in the same order.
 * @param values what has a value, by name; a name with dots in it is one of these or property access, which is refused
 * @throws ConfigError if the expression is empty or too long, nests its parentheses too deeply, or has a character or a
 *   word that the language lacks
 */
export function nameAndNumberColumns(
  source: Source,
  values: ReadonlyMap<string, unknown>,
): readonly number[] {
  const { text } = source;
  if (text.length > maxCharacters)
    throw refusal(source, maxCharacters + 1, `longer than ${maxCharacters} characters: split it up`);
  const columns: number[] = [];
  let depth = 0;
  for (let index = 0; index < text.length;) {
    token.lastIndex = index;
    const match = token.exec(text);
    if (!match) throw refusal(source, index + 1, refusedCharacter(text, index));
    const [word] = match;
    const { name, number } = match.groups ?? {};
    if (refusedWords.has(word)) throw refusal(source, index + 1, `'${word}' is not part of the language`);
    if (number !== undefined) refuseUnit(source, index, word);
    if (name !== undefined && name.includes('.') && !values.has(name))
      throw refusedProperty(source, index, name, values);
    if (number !== undefined || (name !== undefined && !operatorWords.has(name))) columns.push(index + 1);
    depth += word === '(' ? 1 : word === ')' ? -1 : 0;
    if (depth > maxDepth)
      throw refusal(source, index + 1, `more than ${maxDepth} nested parentheses: split it up`);
    index += word.length;
  }
  if (columns.length === 0) throw refusal(source, 1, 'expected an expression, such as height(object) >= 0.1');
  return columns;
}

function refusedCharacter(text: string, index: number): string {
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  return reasons.get(character) ?? `the character ${JSON.stringify(character)} is not part of the language`;
}

/** Where names with dots have values, one of them may be meant. */
function refusedProperty(
  source: Source,
  index: number,
  name: string,
  values: ReadonlyMap<string, unknown>,
): ConfigError {
  const dotted = [...values.keys()].filter((known) => known.includes('.'));
  const also =
    dotted.length === 0 ? '' : `, and '${name}' is not the name of a value${suggestion(name, dotted)}`;
  return refusal(source, index + name.indexOf('.') + 1, `${noProperties}${also}`);
}

/** `2m` and `0x10` are read by mathjs, as two metres and as sixteen. */
function refuseUnit(source: Source, index: number, number: string): void {
  const suffix = /^\w+/.exec(source.text.slice(index + number.length))?.[0];
  if (suffix === undefined) return;
  const problem = `'${suffix}' follows the number ${number}: units are not part of the language, all values are in SI`;
  throw refusal(source, index + 1, problem);
}

/** mathjs' parser, and nothing else of mathjs: its trees are never evaluated or compiled by it. */
import { parse, type MathNode } from 'mathjs';
import { refusal, type Source } from './source.js';

/**
 * The syntax tree of an expression whose characters were checked.
 * @throws ConfigError if it is not well formed
 */
export function syntaxTree(source: Source): MathNode {
  try {
    // A line break would separate statements; YAML's block scalars have them.
    return parse(source.text.replace(/\s/g, ' '));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw refusal(source, 1, `cannot be read: ${String(error)}`);
    const column = 'char' in error && typeof error.char === 'number' ? error.char : 1;
    throw refusal(source, column, error.message.replace(/ \(char \d+\)$/, ''));
  }
}

const kinds: ReadonlyMap<string, string> = new Map([
  ['AccessorNode', 'property access'],
  ['IndexNode', 'indexing'],
  ['ArrayNode', 'arrays'],
  ['ObjectNode', 'objects'],
  ['AssignmentNode', 'assignment'],
  ['FunctionAssignmentNode', 'definition of functions'],
  ['BlockNode', 'several statements'],
  ['RangeNode', 'ranges'],
]);

/** Why a node of this type is refused. */
export function refusedKind(type: string): string {
  return `${kinds.get(type) ?? type}: not part of the language`;
}

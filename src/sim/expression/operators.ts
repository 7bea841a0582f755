/** The operators of the language. */
import type { MathNode, RelationalNode } from 'mathjs';
import { arithmetic, condition, type BooleanCode, type Code, type Part } from './code.js';
import type { Walk } from './walk.js';

const arithmeticOperators: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['^', (a, b) => a ** b],
] satisfies [string, (a: number, b: number) => number][]);

type Comparison = (a: number, b: number) => boolean;
const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
  ['==', (a, b) => a === b],
  ['!=', (a, b) => a !== b],
] satisfies [string, Comparison][]);

/** How mathjs calls the comparisons of a chain such as 0 < a < b. */
const chained: ReadonlyMap<string, string> = new Map([
  ['smaller', '<'],
  ['smallerEq', '<='],
  ['larger', '>'],
  ['largerEq', '>='],
  ['equal', '=='],
  ['unequal', '!='],
]);

/** What is used of mathjs' OperatorNode. */
type Operation = { readonly op: string; readonly args: readonly MathNode[]; readonly implicit: boolean };

/** @throws ConfigError if the operator is not part of the language or an operand has the wrong type */
export function compileOperator(walk: Walk, part: Part, { op, args, implicit }: Operation): Code {
  if (implicit) {
    walk.code(args[0]);
    throw walk.refuse("an operator is missing before this: '*' multiplies, and there are no units");
  }
  if (args.length === 1) return compilePrefix(walk, part, op, args[0]);
  if (op === 'and' || op === 'or') return compileLogic(walk, part, op, args);
  const compare = comparisons.get(op);
  if (compare) return compileComparison(walk, part, op, compare, args);
  const apply = arithmeticOperators.get(op);
  if (!apply) throw refusedOperator(walk, op);
  const a = walk.number(args[0], leftOf(op));
  const b = walk.number(args[1], rightOf(op));
  if (op === '/' && b.constant === 0) throw walk.refuse(`${part.text()} divides by zero`, b.column);
  return arithmetic(part, [a, b], apply, ([x, y]) => `${x} ${op} ${y}`);
}

/** a < b < c: each neighbour is compared, and all are evaluated once. */
export function compileChain(walk: Walk, part: Part, { conditionals, params }: RelationalNode): BooleanCode {
  const symbols = conditionals.map((name) => chained.get(name) ?? name);
  const tests = symbols.flatMap((symbol) => comparisons.get(symbol) ?? []);
  if (tests.length !== params.length - 1) throw refusedOperator(walk, symbols.join(' '));
  const operands = params.map((node) => walk.number(node, 'each part of a chain of comparisons'));
  return condition(part, operands, (run) => {
    const values = operands.map((operand) => operand.evaluate(run));
    return tests.every((test, i) => test(values[i], values[i + 1]));
  });
}

function compilePrefix(walk: Walk, part: Part, op: string, argument: MathNode): Code {
  const where = `what follows '${op}'`;
  if (op === 'not') {
    const operand = walk.boolean(argument, where);
    return condition(part, [operand], (run) => !operand.evaluate(run));
  }
  if (op !== '-' && op !== '+') throw refusedOperator(walk, op);
  const operand = walk.number(argument, where);
  const apply = op === '-' ? (a: number): number => -a : (a: number): number => a;
  return arithmetic(part, [operand], apply, ([a]) => `${op}${a}`);
}

function compileLogic(walk: Walk, part: Part, op: 'and' | 'or', args: readonly MathNode[]): BooleanCode {
  const a = walk.boolean(args[0], leftOf(op));
  const b = walk.boolean(args[1], rightOf(op));
  return op === 'and'
    ? condition(part, [a, b], (run) => a.evaluate(run) && b.evaluate(run))
    : condition(part, [a, b], (run) => a.evaluate(run) || b.evaluate(run));
}

function compileComparison(
  walk: Walk,
  part: Part,
  op: string,
  compare: Comparison,
  args: readonly MathNode[],
): BooleanCode {
  const a = op === '==' || op === '!=' ? walk.code(args[0]) : walk.number(args[0], leftOf(op));
  if (a.type === 'number') {
    const b = walk.number(args[1], rightOf(op));
    return condition(part, [a, b], (run) => compare(a.evaluate(run), b.evaluate(run)));
  }
  const b = walk.boolean(args[1], rightOf(op));
  return condition(part, [a, b], (run) => compare(Number(a.evaluate(run)), Number(b.evaluate(run))));
}

function refusedOperator(walk: Walk, op: string): Error {
  return walk.refuse(`the operator '${op}' is not part of the language`);
}

const leftOf = (op: string): string => `what is left of '${op}'`;
const rightOf = (op: string): string => `what is right of '${op}'`;

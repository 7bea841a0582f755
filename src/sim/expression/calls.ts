/** Calls of the language's functions. */
import { isSymbolNode, type FunctionNode, type MathNode } from 'mathjs';
import { arithmetic, readNumber, type Code, type Part } from './code.js';
import { arithmeticFunctions, memoryFunctions, sceneFunctions } from './functions.js';
import type { ArithmeticFunction, NameKind, SceneFunction } from './functions.js';
import { ConditionCell, NumberCell } from './memory.js';
import { expectedName, isSeen, unknownFunction, unsuitableName } from './scope.js';
import type { Walk } from './walk.js';

/** @throws ConfigError if the function is unknown or an argument is missing, too many or not what it should be */
export function compileCall(walk: Walk, part: Part, node: FunctionNode): Code {
  const { args } = node;
  const callee: MathNode = node.fn;
  if (!isSymbolNode(callee)) throw walk.refuse('only functions of the language can be called');
  const { name } = callee;
  const scene = sceneFunctions.get(name);
  const numbers = arithmeticFunctions.get(name);
  const known = scene ? isSeen(walk.scope) : numbers !== undefined || memoryFunctions.includes(name);
  if (!known) throw walk.refuse(unknownFunction(walk.scope, name));
  walk.pass();
  if (scene) return compileScene(walk, part, name, scene, args);
  if (numbers) return compileArithmetic(walk, part, name, numbers, args);
  return compileMemory(walk, part, name, args);
}

function compileScene(
  walk: Walk,
  part: Part,
  name: string,
  call: SceneFunction,
  args: readonly MathNode[],
): Code {
  const { takes, type } = call;
  checkCount(walk, part, name, args, takes.length, takes.length);
  const [a, b = ''] = takes.map((kind, i) => nameArgument(walk, name, kind, args[i]));
  if (type === 'boolean') return { ...part, type, evaluate: ({ scene }) => call.read(scene, a, b) };
  return readNumber(part, ({ scene }) => call.read(scene, a, b));
}

/** The name itself: names of the scene have no value in the language. */
function nameArgument(walk: Walk, called: string, kind: NameKind, node: MathNode): string {
  if (!isSymbolNode(node))
    throw walk.refuse(`${called}: expected ${expectedName(kind)}, but '${node.toString()}' is no name`);
  const { name } = node;
  if (!walk.scope.names[kind].has(name))
    throw walk.refuse(`${called}: ${unsuitableName(walk.scope, kind, name)}`);
  walk.pass();
  return name;
}

function compileArithmetic(
  walk: Walk,
  part: Part,
  name: string,
  { least, most, apply }: ArithmeticFunction,
  args: readonly MathNode[],
): Code {
  checkCount(walk, part, name, args, least, most);
  const operands = args.map((node, i) => walk.number(node, `argument ${i + 1} of ${name}`));
  return arithmetic(part, operands, apply, (values) => `${name}(${values.join(', ')})`);
}

/** Each occurrence has its own memory, which is updated even where the value is not needed. */
function compileMemory(walk: Walk, part: Part, name: string, args: readonly MathNode[]): Code {
  if (name === 'first' || name === 'max_so_far') return numberMemory(walk, part, name, args);
  const ever = name === 'ever';
  checkCount(walk, part, name, args, ever ? 1 : 2, ever ? 1 : 2);
  const cell = new ConditionCell(walk.boolean(args[0], `argument 1 of ${name}`), !ever);
  const needed = ever ? 1 : heldSteps(walk, args[1]);
  walk.cells.push(cell);
  return { ...part, type: 'boolean', evaluate: () => cell.steps >= needed };
}

function numberMemory(walk: Walk, part: Part, name: string, args: readonly MathNode[]): Code {
  checkCount(walk, part, name, args, 1, 1);
  const cell = new NumberCell(walk.number(args[0], `argument 1 of ${name}`), name === 'max_so_far');
  walk.cells.push(cell);
  return readNumber(part, (run) => cell.value(run));
}

/** Control steps in the time that `held_for` asks for; at least one. */
function heldSteps(walk: Walk, node: MathNode): number {
  const { constant, column, text } = walk.number(node, 'argument 2 of held_for');
  const problem = `argument 2 of held_for must be a constant number of seconds, 0 or more, but it is '${text()}'`;
  if (constant === undefined || constant < 0) throw walk.refuse(problem, column);
  return Math.max(1, Math.round(constant * walk.scope.control_rate_hz));
}

function checkCount(
  walk: Walk,
  part: Part,
  name: string,
  { length }: readonly MathNode[],
  least: number,
  most: number,
): void {
  if (length >= least && length <= most) return;
  const expected = least === most ? `${least}` : `${least} or more`;
  throw walk.refuse(
    `${name} takes ${expected} argument${expected === '1' ? '' : 's'}, not ${length}`,
    part.column,
  );
}

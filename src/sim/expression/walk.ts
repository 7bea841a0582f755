/** Walks a syntax tree: only what is listed here is part of the language. */
import {
  isAccessorNode,
  isConditionalNode,
  isConstantNode,
  isFunctionNode,
  isOperatorNode,
  isParenthesisNode,
  isRelationalNode,
  isSymbolNode,
  type ConditionalNode,
  type MathNode,
} from 'mathjs';
import type { ConfigError } from '../../config/config-error.js';
import { compileCall } from './calls.js';
import { choice, constantBoolean, constantNumber, readNumber } from './code.js';
import type { BooleanCode, Code, NumberCode, Part } from './code.js';
import type { Cell } from './memory.js';
import { compileChain, compileOperator } from './operators.js';
import { refusedKind } from './parser.js';
import { unknownValue, type Scope } from './scope.js';
import { refusal, type Source } from './source.js';
import { maxDepth } from './tokens.js';

const maxNodes = 100;

/** One walk over one expression, left to right. */
export class Walk {
  /** What is to be remembered, inner before outer. */
  readonly cells: Cell[] = [];
  /** Names of the quantities that the expression reads. */
  readonly uses = new Set<string>();
  #nodes = 0;
  #depth = 0;
  /** how many names and numbers lie to the left */
  #passed = 0;

  /** @param columns of the names and numbers, in order */
  constructor(
    private readonly source: Source,
    readonly scope: Scope,
    private readonly columns: readonly number[],
  ) {}

  /** @throws ConfigError if a part is not of the language, has the wrong type, or is a constant without a finite value */
  code(node: MathNode): Code {
    if (++this.#nodes > maxNodes) throw this.refuse(`more than ${maxNodes} parts: split it up`);
    if (++this.#depth > maxDepth) throw this.refuse(`nested more than ${maxDepth} deep: split it up`);
    const code = this.#node(node);
    this.#depth--;
    return code;
  }

  /** The code of a part that must be a number. `where` says which, in the words of the error. */
  number(node: MathNode, where: string): NumberCode {
    const code = this.code(node);
    if (code.type === 'number') return code;
    throw this.refuse(`${where} must be a number, but '${code.text()}' is true or false`, code.column);
  }

  /** The code of a part that must be true or false. */
  boolean(node: MathNode, where: string): BooleanCode {
    const code = this.code(node);
    if (code.type === 'boolean') return code;
    const problem = `${where} must be true or false, but '${code.text()}' is a number: compare it with one`;
    throw this.refuse(problem, code.column);
  }

  /** Steps over the name or number that comes next. */
  pass(): void {
    this.#passed++;
  }

  /** The error of what comes next, or of what is at `column`. */
  refuse(problem: string, column = this.#nextColumn()): ConfigError {
    return refusal(this.source, column, problem);
  }

  #nextColumn(): number {
    return this.columns[Math.min(this.#passed, this.columns.length - 1)];
  }

  #node(node: MathNode): Code {
    const part = { source: this.source, column: this.#nextColumn(), text: () => node.toString() };
    if (isParenthesisNode(node)) return this.code(node.content);
    if (isConstantNode(node)) return this.#constant(part, node.value);
    if (isSymbolNode(node)) return this.#value(part, node.name);
    // A name with dots: that it is known as a whole was checked with the characters.
    if (isAccessorNode(node)) return this.#value(part, part.text());
    if (isOperatorNode(node)) return compileOperator(this, part, node);
    if (isRelationalNode(node)) return compileChain(this, part, node);
    if (isConditionalNode(node)) return this.#choice(part, node);
    if (isFunctionNode(node)) return compileCall(this, part, node);
    throw this.refuse(refusedKind(node.type));
  }

  #constant(part: Part, value: unknown): Code {
    this.pass();
    if (typeof value === 'number') return constantNumber(part, value);
    if (typeof value === 'boolean') return constantBoolean(part, value);
    throw this.refuse(`${part.text()} is not part of the language`, part.column);
  }

  #value(part: Part, name: string): Code {
    this.pass();
    if (name === 'pi') return constantNumber(part, Math.PI);
    if (name === 'time') return readNumber(part, ({ scene }) => scene.time);
    const quantity = this.scope.quantities.get(name);
    if (quantity === undefined) throw this.refuse(unknownValue(this.scope, name), part.column);
    this.uses.add(name);
    const { index, type } = quantity;
    if (type === 'number') return readNumber(part, ({ quantities }) => quantities[index]);
    return { ...part, type, evaluate: ({ quantities }) => quantities[index] !== 0 };
  }

  #choice(part: Part, node: ConditionalNode): Code {
    const test = this.boolean(node.condition, "what comes before '?'");
    const whenTrue = this.code(node.trueExpr);
    const where = "what comes after ':', as what comes before it,";
    return whenTrue.type === 'number'
      ? choice(part, test, whenTrue, this.number(node.falseExpr, where))
      : choice(part, test, whenTrue, this.boolean(node.falseExpr, where));
  }
}

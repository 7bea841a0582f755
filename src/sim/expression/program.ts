/** A compiled expression and what it remembers. */
import type { Code, Run } from './code.js';
import { syntaxTree } from './parser.js';
import type { Scope } from './scope.js';
import type { Source } from './source.js';
import { nameAndNumberColumns } from './tokens.js';
import { Walk } from './walk.js';

export type Program<Value> = {
  readonly type: 'number' | 'boolean';
  /** names of the quantities that it reads */
  readonly uses: ReadonlySet<string>;
  /** Forgets what conditions and numbers were at earlier control steps. */
  reset(): void;
  /** Takes one control step into memory. @throws EvaluationError if what is to be remembered has no finite value */
  remember(run: Run): void;
  /** The value at this instant, which changes nothing. @throws EvaluationError if a part has no finite value */
  value(run: Run): Value;
};

/**
 * Compiles an expression that must be true or false.
 * @throws ConfigError with the column of what is wrong
 */
export function compileCondition(source: Source, scope: Scope): Program<boolean> {
  return compile(source, scope, (walk, node) => {
    const code = walk.boolean(node, 'the expression');
    return [code.type, code.evaluate];
  });
}

/** Compiles an expression that may be a number, or true or false, which then are 1 and 0. Errors as `compileCondition`. */
export function compileQuantity(source: Source, scope: Scope): Program<number> {
  return compile(source, scope, (walk, node) => {
    const code: Code = walk.code(node);
    if (code.type === 'number') return [code.type, code.evaluate];
    return [code.type, (run) => Number(code.evaluate(run))];
  });
}

function compile<Value>(
  source: Source,
  scope: Scope,
  root: (walk: Walk, node: ReturnType<typeof syntaxTree>) => [Program<Value>['type'], (run: Run) => Value],
): Program<Value> {
  const walk = new Walk(source, scope, nameAndNumberColumns(source, scope.quantities));
  const [type, value] = root(walk, syntaxTree(source));
  const { cells, uses } = walk;
  return {
    type,
    uses,
    reset: () => cells.forEach((cell) => cell.reset()),
    remember: (run) => cells.forEach((cell) => cell.update(run)),
    value,
  };
}

/** What an expression is compiled to: closures with a static type. */
import type { SceneState } from '../scene-state.js';
import { EvaluationError, refusal, type Source } from './source.js';

/** What closures read. `quantities` holds those that come before the present one, booleans as 0 and 1. */
export type Run = { readonly scene: SceneState; readonly quantities: Float64Array };

/** Part of an expression: `text` gives its normalised source, `column` is that of its first name or number. */
export type Part = { readonly source: Source; readonly column: number; readonly text: () => string };

type Typed<Type extends string, Value> = Part & {
  readonly type: Type;
  readonly evaluate: (run: Run) => Value;
  /** the value, if it depends on nothing */
  readonly constant?: Value;
};
export type NumberCode = Typed<'number', number>;
export type BooleanCode = Typed<'boolean', boolean>;
export type Code = NumberCode | BooleanCode;

/**
 * The code of a constant.
 * @throws ConfigError if it is not finite
 */
export function constantNumber(part: Part, value: number): NumberCode {
  if (!Number.isFinite(value))
    throw refusal(part.source, part.column, `${part.text()} is not a finite number`);
  return { ...part, type: 'number', constant: value, evaluate: () => value };
}

export function constantBoolean(part: Part, value: boolean): BooleanCode {
  return { ...part, type: 'boolean', constant: value, evaluate: () => value };
}

/**
 * A number that is read from the scene or from a quantity.
 * @throws EvaluationError from the code, when what it reads is not finite
 */
export function readNumber(part: Part, read: (run: Run) => number): NumberCode {
  const evaluate = (run: Run): number => {
    const value = read(run);
    if (!Number.isFinite(value))
      throw new EvaluationError(part.source, run.scene.time, `${part.text()} is ${value}`);
    return value;
  };
  return { ...part, type: 'number', evaluate };
}

/** A condition computed from parts that are all evaluated, or not evaluated as `test` sees fit. */
export function condition(part: Part, parts: readonly Code[], test: (run: Run) => boolean): BooleanCode {
  return parts.every(isConstant)
    ? constantBoolean(part, test(noRun))
    : { ...part, type: 'boolean', evaluate: test };
}

/**
 * A number computed from numbers; it is computed now if they are constant.
 * @param show how the operation looks with these values
 * @throws ConfigError if constants have no finite result; EvaluationError from the code, when values have none
 */
export function arithmetic(
  part: Part,
  operands: readonly NumberCode[],
  apply: (...values: readonly number[]) => number,
  show: (values: readonly string[]) => string,
): NumberCode {
  const problem = (values: readonly number[]): string =>
    `${part.text()} is ${show(values.map(shortNumber))}, which is not finite`;
  const evaluate = (run: Run): number => {
    const values = operands.map((operand) => operand.evaluate(run));
    const result = apply(...values);
    if (!Number.isFinite(result)) throw new EvaluationError(part.source, run.scene.time, problem(values));
    return result;
  };
  if (!operands.every(isConstant)) return { ...part, type: 'number', evaluate };
  const values = operands.map((operand) => operand.evaluate(noRun));
  const result = apply(...values);
  if (!Number.isFinite(result)) throw refusal(part.source, part.column, problem(values));
  return constantNumber(part, result);
}

/** `test ? whenTrue : whenFalse`, of which only one is evaluated. */
export function choice<C extends Code>(part: Part, test: BooleanCode, whenTrue: C, whenFalse: C): C {
  const evaluate = (run: Run): number | boolean => (test.evaluate(run) ? whenTrue : whenFalse).evaluate(run);
  const constant = [test, whenTrue, whenFalse].every(isConstant) ? { constant: evaluate(noRun) } : {};
  return { ...part, type: whenTrue.type, evaluate, ...constant } as C;
}

function isConstant(code: Code): boolean {
  return code.constant !== undefined;
}

/**
 * The scene of a language that has none: its names are refused, so nothing of it is ever read.
 * @param time s
 */
export function noScene(time: number): SceneState {
  return { time, pose: unseen, velocity: unseen, rest: unseen, contacts: unseen, joint: unseen };
}

const unseen = (): never => {
  throw new Error('an expression read a scene that is not there');
};

/** For constants, which read nothing. */
const noRun: Run = { scene: noScene(0), quantities: new Float64Array(0) };

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Where an expression was written, and the two ways in which it can be wrong: when it is read and when it is evaluated. */
import { ConfigError } from '../../config/config-error.js';

/** `key` is the path in the file, such as `quantities.object_height`. */
export type Source = { readonly file: string; readonly key: string; readonly text: string };

const shownCharacters = 120;

/** The error of an expression that is not part of the language. `column` counts from 1. */
export function refusal({ file, key, text }: Source, column: number, problem: string): ConfigError {
  return new ConfigError(file, key, `column ${column} of '${shortened(text)}': ${problem}`);
}

/** A correct expression that has no value in the present scene, as when it divides by zero. */
export class EvaluationError extends Error {
  readonly file: string;
  readonly key: string;
  readonly expression: string;

  /**
   * @param time since the reset, s
   * @param problem the part that has no value, and the values that led to it
   */
  constructor(
    { file, key, text }: Source,
    readonly time: number,
    readonly problem: string,
  ) {
    super(`${file}: ${key}: '${shortened(text)}' ${time.toFixed(3)} s after the reset: ${problem}`);
    this.name = 'EvaluationError';
    this.file = file;
    this.key = key;
    this.expression = text;
  }
}

function shortened(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text;
}

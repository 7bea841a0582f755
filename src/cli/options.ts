/** Options that several commands share. */
import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';

/** Parses a whole number of at least `least`. @throws InvalidArgumentError naming the bound */
export function wholeNumber(least: number, most = 4_294_967_295): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Where networks are trained. */
export const deviceOption = (): Option =>
  new Option('--device <name>', 'where onnxruntime trains')
    .choices(['cpu', 'cuda', 'webgpu', 'auto'])
    .default('cpu');
/** How networks are trained. */
export const engineOption = (): Option =>
  new Option('--engine <name>', 'onnx: one graph; tfjs: eagerly on a TensorFlow.js backend')
    .choices(['onnx', 'tfjs'])
    .default('onnx');

/** How many simulations run at once, each in a thread of its own. */
export const worldsOption = (): Option =>
  new Option('--worlds <n>', 'simulations at once, one thread each').argParser(wholeNumber(1, 256));

/** Simulations at once where nothing else was asked for: one per core. */
export const defaultWorlds: number = availableParallelism();

import type { Tensor } from '@tensorflow/tfjs';
import type { Turns } from './turns.js';

/** Element type of a tensor; values cross the engine's border as `Float32Array` whatever the dtype. */
export type DType = 'float32' | 'int32' | 'bool';

/** Shape and element type (default `float32`) of one named tensor. */
export type TensorSpec = { readonly shape: readonly number[]; readonly dtype?: DType };

/** Named tensors of a program's side. */
export type Signature = Readonly<Record<string, TensorSpec>>;

/** Flat row-major values by name; booleans are 0 or 1. */
export type Values = Record<string, Float32Array>;

/**
 * A pure function of named tensors to named tensors. It may not read tensor values (`dataSync`), branch on them or draw
 * random numbers: it runs once to be traced, so a random tensor would become a constant. Noise comes in as an input.
 */
export type Program = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

/** Where a graph runs. `auto` is CUDA if a session can be made with it, else the CPU. */
export type Device = 'cpu' | 'cuda' | 'webgpu' | 'auto';

/**
 * `native`: trace once, run with this project's own kernels on the CPU. `onnx`: trace once, run with ONNX Runtime. `tfjs`: run
 * eagerly on a tfjs backend. `auto`: native where programs, machine and device allow it, else onnx.
 */
export type EngineKind = 'auto' | 'native' | 'onnx' | 'tfjs';

/** How a program is run. */
export type CompileOptions = {
  /** Default `auto`; single programs (`compile`) run with ONNX Runtime in place of `native`. */
  readonly engine?: EngineKind;
  /** Default `cpu`; for the `onnx` engine. */
  readonly device?: Device;
  /** Threads of the native engine or of the ONNX Runtime session, default 1. */
  readonly threads?: number;
  /** For the `tfjs` engine: `cpu` (default), or `tensorflow` / `tensorflow-gpu` with the optional package installed. */
  readonly tfjsBackend?: string;
};

/** A compiled program. */
export type Compiled = {
  readonly inputs: Signature;
  readonly outputs: Signature;
  /** The device it runs on, for logs: `cpu`, `cuda`, `webgpu` or `tfjs:<backend>`. */
  readonly device: string;
  /** Feeds every input. Rejects with an Error on a missing or unknown name or a wrong length. */
  run(feeds: Values): Promise<Values>;
  dispose(): Promise<void>;
};

/** Programs over one shared state; outputs of a program named like state replace that state. */
export type Stepper<Name extends string = string> = {
  readonly device: string;
  /**
   * Runs one program; returns its outputs that are not state. Calls run one after another.
   * @param turns whom it leaves alone: the native engine asks before each part of a program, the others before the whole
   */
  step(name: Name, feeds: Values, turns?: Turns): Promise<Values>;
  /** A copy of the state, all of it or the names given. */
  read(names?: readonly string[]): Promise<Values>;
  /** Replaces state. Throws an Error on an unknown name, a wrong length or a value that is not finite. */
  write(values: Values): void;
  dispose(): Promise<void>;
};

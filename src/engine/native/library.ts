/** The compiled part of the native engine, which set-up builds for the processor it runs on (tools/setup/kernels.mjs). */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { projectFile } from '../../config/paths.js';

declare const machineBrand: unique symbol;
/** An arena of floats and the threads that work on it. */
export type Machine = { readonly [machineBrand]: true };

/** What addon.cc exports. */
export type Library = {
  /** @param floats size of the arena */
  create(floats: number, threads: number): Machine;
  /** The arena's first `floats` numbers, which plans read and write; not to be touched while one runs. */
  memory(machine: Machine, floats: number): ArrayBuffer;
  /** @returns the number of the plan */
  plan(machine: Machine, numbers: Float64Array): number;
  /** Runs a plan on another thread. One at a time. */
  run(machine: Machine, plan: number): Promise<void>;
};

const folder = projectFile('dist', 'kernels');

/** The library, or why there is none. */
export type NativeLibrary =
  | { readonly library: Library; readonly missing?: undefined }
  | { readonly library?: undefined; readonly missing: string };

let loaded: NativeLibrary | undefined;

/** Loads the library at the first call. */
export function nativeLibrary(): NativeLibrary {
  loaded ??= load();
  return loaded;
}

function load(): NativeLibrary {
  const [file, processor] = [`${folder}/kernels.node`, `${folder}/processor`];
  if (!existsSync(file) || !existsSync(processor)) return { missing: 'set-up has not compiled its kernels' };
  // Instructions of one processor are illegal on another: a folder may have been copied, or a disk image started elsewhere.
  if (readFileSync(processor, 'utf8') !== processorFlags())
    return { missing: 'its kernels were compiled on another kind of processor: run npm run setup' };
  try {
    return { library: createRequire(import.meta.url)(file) as Library };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** What the processor can do, as the operating system lists it; the architecture where it does not. */
export function processorFlags(): string {
  const file = '/proc/cpuinfo';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1] ?? '';
  return `${process.platform} ${process.arch} ${flags}`;
}

/**
 * The native engine's kernels (src/engine/native), compiled for the processor of this machine. Where that fails, learning uses
 * ONNX Runtime, which gives the same results more slowly.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the kernels are looked for (src/engine/native/library.ts). */
export const KERNEL_FOLDER = join('dist', 'kernels');

const tuning = process.arch === 'x64' ? '-march=native' : '-mcpu=native';
const flags = [
  '-std=c++20',
  '-O3',
  tuning,
  '-fno-math-errno',
  '-fno-trapping-math',
  '-shared',
  '-fPIC',
  '-pthread',
];

/**
 * Compiles the kernels, and writes down for which processor.
 * @param {import('./steps.mjs').Place} place
 * @param {string} compiler
 */
export async function buildKernels({ root, run }, compiler) {
  const folder = join(root, KERNEL_FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const require = createRequire(join(root, 'package.json'));
  const headers = join(dirname(require.resolve('node-api-headers/package.json')), 'include');
  const source = join(root, 'src', 'engine', 'native', 'addon.cc');
  const undefinedSymbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const output = join(folder, 'kernels.node');
  try {
    await run([compiler, ...flags, ...undefinedSymbols, `-I${headers}`, '-o', output, source]);
  } catch (error) {
    console.log(`[setup] kernels: not compiled, ONNX Runtime learns instead (${error.log})`);
    return;
  }
  const library = pathToFileURL(join(root, 'dist', 'src', 'engine', 'native', 'library.js')).href;
  const { processorFlags } = await import(library);
  writeFileSync(join(folder, 'processor'), processorFlags());
}

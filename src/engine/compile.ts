import { createSession } from './devices.js';
import { eagerOutputs, loadTfjsBackend, runEagerly, withBackend } from './eager.js';
import { trace } from './onnx/trace.js';
import { fromOrt, toOrt } from './session.js';
import type { Compiled, CompileOptions, Program, Signature, Values } from './types.js';
import { checkValues } from './values.js';

/**
 * Makes a program runnable. With the `onnx` engine it is traced once and run by ONNX Runtime; with `tfjs` it runs eagerly.
 * @throws Error on a kernel the engine does not have, or a device or package that is not there
 */
export async function compile(
  program: Program,
  inputs: Signature,
  options: CompileOptions = {},
): Promise<Compiled> {
  if (options.engine === 'tfjs') return compileEager(program, inputs, options);
  const traced = trace(program, inputs);
  const { session, device } = await createSession(
    traced.bytes,
    options.device ?? 'cpu',
    options.threads ?? 1,
  );
  return {
    inputs,
    outputs: traced.outputs,
    device,
    async run(feeds) {
      checkValues('run', feeds, inputs);
      const tensors = Object.entries(traced.inputs).map(
        ([name, spec]) => [name, toOrt(feeds[name], spec)] as const,
      );
      const results = await session.run(Object.fromEntries(tensors));
      const values = Object.entries(traced.outputValues).map(([name, value]) => {
        return [name, fromOrt(results[value])] as const;
      });
      return Object.fromEntries(values);
    },
    dispose: () => session.release(),
  };
}

async function compileEager(program: Program, inputs: Signature, options: CompileOptions): Promise<Compiled> {
  const backendName = await loadTfjsBackend(options.tfjsBackend ?? 'cpu');
  const outputs = withBackend(backendName, () => eagerOutputs(program, inputs));
  return {
    inputs,
    outputs,
    device: `tfjs:${backendName}`,
    run(feeds: Values): Promise<Values> {
      return Promise.resolve().then(() => {
        checkValues('run', feeds, inputs);
        return withBackend(backendName, () => runEagerly(program, inputs, feeds));
      });
    },
    dispose: () => Promise.resolve(),
  };
}

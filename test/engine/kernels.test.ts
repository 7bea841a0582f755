/** Every kernel of the tracing backend against tfjs's CPU backend: values, and gradients where there are any. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, exportOnnx, tf } from '../../src/engine/index.js';
import { supportedKernels } from '../../src/engine/onnx/kernel.js';
import { NATIVE } from '../../src/engine/onnx/kernels-native.js';
import { assertClose, cases, feedsOf, programOf } from './kernel-cases.js';

for (const [name, kernelCase] of Object.entries(cases)) {
  test(`${name} equals tfjs`, async () => {
    const program = programOf(kernelCase);
    const onnx = await compile(program, kernelCase.inputs);
    const eager = await compile(program, kernelCase.inputs, { engine: 'tfjs' });
    assert.deepEqual(onnx.outputs, eager.outputs);
    for (const seed of [1, 2]) {
      const feeds = feedsOf(kernelCase, seed);
      const [got, expected] = [await onnx.run(feeds), await eager.run(feeds)];
      assertClose(got, expected);
    }
    await onnx.dispose();
  });
}

test('every kernel of the backend is reached by a case', () => {
  const reached = new Set<string>();
  for (const kernelCase of Object.values(cases)) {
    const program = programOf(kernelCase);
    exportOnnx((t) => {
      const profiled: string[] = [];
      const engine = tf.engine();
      const original = engine.runKernel.bind(engine);
      engine.runKernel = (kernel, ...rest) => {
        profiled.push(kernel);
        return original(kernel, ...rest);
      };
      try {
        return Object.fromEntries(Object.entries(program(t)).map(([key, value]) => [`out_${key}`, value]));
      } finally {
        Reflect.deleteProperty(engine, 'runKernel');
        profiled.forEach((kernel) => reached.add(kernel));
      }
    }, kernelCase.inputs);
  }
  // Reached by the tests of training steps and of the native engine.
  const elsewhere = new Set<string>(['GraftLayerNorm', 'GraftSumSquares', ...Object.values(NATIVE)]);
  const missing = supportedKernels().filter((kernel) => !reached.has(kernel) && !elsewhere.has(kernel));
  assert.deepEqual(missing, []);
});

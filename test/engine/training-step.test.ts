import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSteps, createRandom, tf } from '../../src/engine/index.js';
import { criticCase, drawFeeds } from './critic-step.js';

for (const heads of [3, undefined]) {
  test(`a critic update equals tfjs eager over several steps, ${heads ?? 'no'} heads`, async () => {
    const shape = {
      inputs: 7,
      hidden: [16, 12],
      outputs: 1,
      layerNorm: true,
      ...(heads === undefined ? {} : { heads }),
    };
    const { program, state, feeds, initial } = criticCase(shape, 9);
    const random = createRandom(11);
    const onnx = await compileSteps({ critic: program }, state, { critic: feeds }, initial);
    const eager = await compileSteps({ critic: program }, state, { critic: feeds }, initial, {
      engine: 'tfjs',
    });
    for (let step = 0; step < 6; step++) {
      const batch = drawFeeds(feeds, random);
      const [a, b] = [await onnx.step('critic', batch), await eager.step('critic', batch)];
      assert.ok(
        Math.abs(a.loss[0] - b.loss[0]) < 1e-4 * Math.abs(b.loss[0]),
        `loss ${a.loss[0]} and ${b.loss[0]}`,
      );
    }
    const [a, b] = [await onnx.read(), await eager.read()];
    assert.deepEqual(Object.keys(a), Object.keys(state));
    for (const name of Object.keys(state)) {
      a[name].forEach((value, i) => {
        const error = Math.abs(value - b[name][i]);
        assert.ok(
          error <= 1e-6 + 1e-4 * Math.abs(b[name][i]),
          `${name}[${i}]: ${value}, eager ${b[name][i]}`,
        );
      });
    }
    assert.equal(a['adam/t'][0], 6);
    await onnx.dispose();
    await eager.dispose();
    assert.equal(tf.getBackend(), 'cpu');
  });
}

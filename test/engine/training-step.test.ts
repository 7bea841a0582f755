import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSteps, createRandom, tf } from '../../src/engine/index.js';
import { criticCase, drawFeeds } from './critic-step.js';

const engines = [
  { engine: 'onnx' },
  { engine: 'native' },
  { engine: 'native', threads: 2 },
  { engine: 'native', threads: 4 },
] as const;

for (const options of engines) {
  for (const heads of [3, undefined]) {
    const name = `${JSON.stringify(options)}, ${heads ?? 'no'} heads`;
    test(`a critic update equals tfjs eager over several steps, ${name}`, async () => {
      // Sizes that are no multiples of a vector or a tile.
      const shape = {
        inputs: 7,
        hidden: [45, 12],
        outputs: 1,
        layerNorm: true,
        ...(heads === undefined ? {} : { heads }),
      };
      const { program, state, feeds, initial } = criticCase(shape, 37);
      const random = createRandom(11);
      const tested = await compileSteps({ critic: program }, state, { critic: feeds }, initial, options);
      const eager = await compileSteps({ critic: program }, state, { critic: feeds }, initial, {
        engine: 'tfjs',
      });
      for (let step = 0; step < 6; step++) {
        const batch = drawFeeds(feeds, random);
        const [a, b] = [await tested.step('critic', batch), await eager.step('critic', batch)];
        for (const output of ['loss', 'gradNorm']) {
          const [got, expected] = [a[output][0], b[output][0]];
          assert.ok(Math.abs(got - expected) < 1e-5 * Math.abs(expected), `${output} ${got} and ${expected}`);
        }
      }
      const [a, b] = [await tested.read(), await eager.read()];
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
      await tested.dispose();
      await eager.dispose();
      assert.equal(tf.getBackend(), 'cpu');
    });
  }
}

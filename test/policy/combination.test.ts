import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../src/engine/index.js';
import { combine, exploringResidual, uniformNoise } from '../../src/policy/combination.js';

test('base + residual is clamped to [-1, 1]; a base outside that range may stay, but not go further out', () => {
  const one = (base: number, residual: number): number =>
    combine(Float32Array.of(base), Float32Array.of(residual))[0];
  assert.equal(one(0.5, 0.25), 0.75);
  assert.equal(one(0.75, 0.5), 1);
  assert.equal(one(-0.75, -0.5), -1);
  assert.equal(one(1.5, 0.25), 1.5);
  assert.equal(one(1.5, -0.25), 1.25);
  assert.equal(one(-1.5, -0.25), -1.5);
  assert.equal(one(-1.5, 0.25), -1.25);
});

test('a residual of zero changes nothing, whatever the base', () => {
  const value = fc.float({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), value, (base, residual) => {
      const rows = Float32Array.from(base);
      assert.deepEqual(combine(rows, new Float32Array(base.length)), rows);
      combine(rows, new Float32Array(base.length).fill(residual)).forEach((x, i) =>
        assert.ok(Math.abs(x) <= Math.max(1, Math.abs(base[i]))),
      );
    }),
    { seed: 1 },
  );
});

test('exploration never leaves the bound of the residual; without noise it is the scaled direction', () => {
  const random = createRandom(1);
  const direction = Float32Array.of(-1, -0.5, 0, 0.5, 1);
  assert.deepEqual(exploringResidual(direction, 0.5, 0, random), Float32Array.of(-0.5, -0.25, 0, 0.25, 0.5));
  for (let i = 0; i < 200; i++)
    assert.ok(exploringResidual(direction, 0.1, 0.2, random).every((x) => Math.abs(x) <= Math.fround(0.1)));
  const noise = uniformNoise(1000, 0.04, random);
  assert.ok(noise.every((x) => Math.abs(x) <= 0.04));
  assert.ok(Math.max(...noise) > 0.035 && Math.min(...noise) < -0.035);
});

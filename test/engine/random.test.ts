import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, initialWeight, mlpInitial, mlpSignature, sizeOf } from '../../src/engine/index.js';

test('the same seed repeats, another differs, and a state goes on', () => {
  const draw = (random: ReturnType<typeof createRandom>): number[] => [
    random.uniform(),
    random.normal(),
    random.integer(100),
  ];
  const first = createRandom(5);
  assert.deepEqual(draw(first), draw(createRandom(5)));
  assert.notDeepEqual(draw(createRandom(5)), draw(createRandom(6)));
  const restored = createRandom(0, first.state());
  for (let i = 0; i < 5; i++) assert.deepEqual(draw(restored), draw(first));
  assert.throws(() => createRandom(0, [1, 2]), /a random state has 6 numbers, got 2/);
});

test('moments and ranges are those of the distributions', () => {
  const random = createRandom(1);
  const n = 50_000;
  const normals = Array.from({ length: n }, () => random.normal());
  const uniforms = Array.from({ length: n }, () => random.uniform());
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / n;
  assert.ok(Math.abs(mean(normals)) < 0.02 && Math.abs(mean(normals.map((x) => x * x)) - 1) < 0.03);
  assert.ok(Math.abs(mean(uniforms) - 0.5) < 0.01);
  assert.ok(uniforms.every((x) => x >= 0 && x < 1));
  const counts = new Array<number>(4).fill(0);
  for (let i = 0; i < n; i++) counts[random.integer(4)]++;
  assert.ok(counts.every((count) => Math.abs(count / n - 0.25) < 0.02));
});

test('orthogonal weights are orthonormal along the shorter side', () => {
  for (const [rows, columns] of [
    [3, 5],
    [5, 3],
  ]) {
    const w = initialWeight('orthogonal', rows, columns, createRandom(2));
    const at = (row: number, column: number): number => w[row * columns + column];
    const short = Math.min(rows, columns);
    for (let a = 0; a < short; a++) {
      for (let b = 0; b < short; b++) {
        let dot = 0;
        for (let k = 0; k < Math.max(rows, columns); k++)
          dot += rows < columns ? at(a, k) * at(b, k) : at(k, a) * at(k, b);
        assert.ok(Math.abs(dot - (a === b ? 1 : 0)) < 1e-6);
      }
    }
  }
});

test('initial values fill the signature; zeroLast and bounds hold', () => {
  const shape = { inputs: 4, hidden: [6], outputs: 2, layerNorm: true, affine: true, heads: 3 };
  const signature = mlpSignature('q', shape);
  const values = mlpInitial('q', shape, createRandom(0), { zeroLast: true });
  assert.deepEqual(Object.keys(values).sort(), Object.keys(signature).sort());
  for (const [name, spec] of Object.entries(signature)) assert.equal(values[name].length, sizeOf(spec.shape));
  assert.ok(values['q/layer0/weight'].every((w) => w !== 0 && Math.abs(w) <= 0.5));
  assert.ok(values['q/layer1/weight'].every((w) => w === 0) && values['q/layer1/bias'].every((w) => w === 0));
  assert.ok(values['q/layer0/gain'].every((g) => g === 1));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PickleGlobal, unpickle } from '../../../src/reward/features/pickle.js';
import { readTorchFile } from '../../../src/reward/features/torch-file.js';
import { floats, head, pickle, pickled, torchFile, type Part } from './torch-bytes.js';

const { global, text, int, tuple } = pickled;

test('tensors come back with their strides and offsets resolved, integers as numbers', () => {
  const counts = { size: 2, elements: new Uint8Array(BigInt64Array.of(7n, -1n).buffer) };
  const file = torchFile(
    [
      { name: 'rows', key: '1', shape: [2, 3], strides: [3, 1] },
      { name: 'columns', key: '1', shape: [3, 2], strides: [1, 3] },
      { name: 'last', key: '1', offset: 4, shape: [2], strides: [1] },
      { name: 'count', key: '2', type: 'LongStorage', offset: 1, shape: [], strides: [] },
    ],
    { '1': floats(1, 2, 3, 4, 5, 6), '2': counts },
  );
  const found = [...readTorchFile(file)].map(([name, { shape, data }]) => [name, shape, [...data]]);
  assert.deepEqual(found, [
    ['rows', [2, 3], [1, 2, 3, 4, 5, 6]],
    ['columns', [3, 2], [1, 4, 2, 5, 3, 6]],
    ['last', [2], [5, 6]],
    ['count', [], [-1]],
  ]);
});

test('a file that would call anything is refused, and nothing is called', () => {
  const call = (module: string, name: string): Uint8Array =>
    Uint8Array.from([...head, ...pickle(global(module, name), tuple(text('true')), 'R')]);
  assert.throws(() => readTorchFile(call('posix', 'system')), /calls posix\.system, which is refused/);
  assert.throws(() => readTorchFile(call('builtins', 'eval')), /calls builtins\.eval, which is refused/);
});

test('a tensor beyond its storage, a storage of another kind and a file that is cut short are refused', () => {
  const one = { name: 'x', key: '1', shape: [2], strides: [1] };
  const storages = { '1': floats(1, 2) };
  assert.throws(
    () => readTorchFile(torchFile([{ ...one, offset: 1 }], storages)),
    /x reaches beyond its storage/,
  );
  assert.throws(
    () => readTorchFile(torchFile([{ ...one, shape: [1000], strides: [0] }], storages)),
    /x reaches beyond its storage/,
  );
  assert.throws(
    () => readTorchFile(torchFile([{ ...one, type: 'HalfStorage' }], storages)),
    /storage of an unknown/,
  );
  const whole = torchFile([one], storages);
  assert.equal(readTorchFile(whole).size, 1);
  for (const length of [0, 5, 40, whole.length - 1])
    assert.throws(() => readTorchFile(whole.subarray(0, length)), /cut short/);
  assert.throws(() => readTorchFile(Uint8Array.from(pickle(int(3)))), /not a file of torch\.save/);
});

test('pickles are read as data', () => {
  const world = {
    call: () => assert.fail('nothing is to be called'),
    persistent: () => assert.fail('nothing lies elsewhere'),
  };
  const read = (...parts: Part[]) => unpickle(Uint8Array.from(pickle(...parts)), 0, world).value;
  assert.deepEqual(read(tuple(int(-5), [0x88], [0x4e], text('é'))), [-5, true, null, 'é']);
  assert.deepEqual(read('}', text('a'), int(1), 's'), new Map([['a', 1]]));
  assert.deepEqual(read(']', int(1), 'a', 0x71, 3, int(2), 'a', 0x68, 3, 0x86), [
    [1, 2],
    [1, 2],
  ]);
  assert.deepEqual(read(0x8a, 2, 0xff, 0xff), -1);
  assert.deepEqual(read(global('os', 'system')), new PickleGlobal('os', 'system'));
  assert.throws(() => read('i', 'os\nsystem\n'), /operation 0x69 .* is refused/);
  assert.throws(() => read('t'), /takes more than it gave/);
  assert.throws(() => read(0x68, 9), /recalls 9/);
});

test('whatever the bytes are, reading ends with tensors or an error', () => {
  const whole = torchFile([{ name: 'x', key: '1', shape: [2], strides: [1] }], { '1': floats(1, 2) });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const changed = whole.slice();
      changed[at] = value;
      try {
        assert.ok(readTorchFile(changed) instanceof Map);
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});

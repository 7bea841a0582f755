import { test } from 'node:test';
import assert from 'node:assert/strict';

import { createCodec, createServiceCodec, type Codec } from '../../src/interfaces/codec.js';
import { amentPrefixes, type ParsedInterface } from '../../src/interfaces/definition.js';
import * as constants from '../../src/interfaces/graft-messages.js';
import { messageSamples, serviceSamples } from './samples.js';

/** Compares the keys of a value with the fields of its type, at every depth. */
function assertFields(value: unknown, type: string, types: ReadonlyMap<string, ParsedInterface>): void {
  const parsed = types.get(type);
  assert.ok(parsed, `${type} is not among the definitions`);
  const fields = parsed.definitions.filter((field) => field.isConstant !== true);
  assert.deepEqual(
    Object.keys(value as object),
    fields.map((field) => field.name),
    `fields of ${type}`,
  );
  for (const field of fields) {
    const entry = (value as Record<string, unknown>)[field.name];
    if (field.isComplex === true)
      assertFields(field.isArray ? (entry as unknown[])[0] : entry, field.type, types);
  }
}

function assertSample(codec: Codec<unknown>, sample: unknown): void {
  const types = new Map(codec.definition.parsed.map((entry) => [entry.name, entry]));
  assertFields(sample, codec.type, types);
  assert.deepEqual(codec.decode(codec.encode(sample)), sample);
}

for (const [type, sample] of Object.entries(messageSamples)) {
  test(`${type}: the TypeScript type has the fields of the definition and survives CDR`, () => {
    assertSample(createCodec(type), sample);
  });
}

for (const [type, { request, response }] of Object.entries(serviceSamples)) {
  test(`${type}: both halves survive CDR`, () => {
    const codec = createServiceCodec(type);
    assertSample(codec.request, request);
    assertSample(codec.response, response);
  });
}

const withConstants = {
  'graft_msgs/msg/Episode': constants.Episode,
  'graft_msgs/msg/ExecutedStep': constants.ExecutedStep,
  'graft_msgs/msg/PolicyUpdate': constants.PolicyUpdate,
  'diagnostic_msgs/msg/DiagnosticStatus': constants.DiagnosticStatus,
};

for (const [type, expected] of Object.entries(withConstants)) {
  test(`${type}: constants equal those of the definition`, () => {
    const fields = createCodec(type).definition.parsed[0]?.definitions.filter(
      (field) => field.isConstant === true,
    );
    assert.deepEqual(Object.fromEntries((fields ?? []).map((field) => [field.name, field.value])), {
      ...expected,
    });
  });
}

test('encode names the field that is missing, of another kind or out of range', () => {
  const codec = createCodec('graft_msgs/msg/Action');
  const sample = messageSamples['graft_msgs/msg/Action'];
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ values: new Float64Array(2) }, /Action\.values: expected Float32Array, got Float64Array/],
    [{ step: -1 }, /Action\.step: expected uint32, got -1/],
    [{ step: 1.5 }, /Action\.step: expected uint32/],
    [{ policy_version: 3 }, /Action\.policy_version: expected bigint/],
    [{ policy_version: -3n }, /Action\.policy_version: expected bigint within uint64/],
    [{ source: undefined }, /Action\.source: expected string, got undefined/],
    [{ header: { stamp: { sec: 1 }, frame_id: '' } }, /header\.stamp\.nanosec: expected uint32/],
  ];
  for (const [change, message] of wrong) {
    assert.throws(() => codec.encode({ ...sample, ...change }), {
      name: 'TypeError',
      message,
    });
  }
});

test('fixed-length arrays must have their length', () => {
  const codec = createCodec('sensor_msgs/msg/CameraInfo');
  const sample = { ...messageSamples['sensor_msgs/msg/CameraInfo'], k: new Float64Array(8) };
  assert.throws(() => codec.encode(sample), /CameraInfo\.k: expected 9 elements, got 8/);
});

test('bytes that end too early are an error', () => {
  const codec = createCodec('graft_msgs/msg/Action');
  const bytes = codec.encode(messageSamples['graft_msgs/msg/Action']);
  assert.throws(() => codec.decode(bytes.subarray(0, bytes.length - 20)), RangeError);
});

test('the codec is built once, and later messages do not change earlier bytes', () => {
  const codec = createCodec('rosgraph_msgs/msg/Clock');
  assert.equal(createCodec('rosgraph_msgs/msg/Clock', amentPrefixes()), codec);
  const first = codec.encode({ clock: { sec: 1, nanosec: 2 } });
  codec.encode({ clock: { sec: 3, nanosec: 4 } });
  assert.deepEqual([...first], [0, 1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
});

import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ConfigError } from '../../src/config/config-error.js';
import { createCodec } from '../../src/interfaces/codec.js';
import { amentPrefixes, loadDefinition } from '../../src/interfaces/definition.js';

function prefixWith(t: TestContext, files: Record<string, string>): string {
  const prefix = mkdtempSync(path.join(tmpdir(), 'graft-interfaces-'));
  t.after(() => rmSync(prefix, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(prefix, 'share', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return prefix;
}

test('the text holds the type and each type it uses once, in the form of ros2msg', () => {
  const { text } = loadDefinition('nav_msgs/msg/Odometry');
  const sections = [...text.matchAll(/^={80}\nMSG: (\S+)$/gm)].map((match) => match[1]);
  assert.deepEqual(new Set(sections).size, sections.length);
  for (const name of ['std_msgs/Header', 'builtin_interfaces/Time', 'geometry_msgs/Quaternion'])
    assert.ok(sections.includes(name), `${name} in ${sections.join(' ')}`);
  assert.ok(!sections.includes('nav_msgs/Odometry'));
});

test('a bare name means the own package even where another package has the name, too', (t) => {
  const prefix = prefixWith(t, {
    'a_msgs/msg/Root.msg': 'b_msgs/Point other\nPoint own\n',
    'a_msgs/msg/Point.msg': 'uint8 u\n',
    'b_msgs/msg/Point.msg': 'string s\n',
  });
  const codec = createCodec('a_msgs/msg/Root', [prefix]);
  const message = { other: { s: 'x' }, own: { u: 200 } };
  assert.deepEqual(codec.decode(codec.encode(message)), message);
});

test('comments, bounds, defaults, empty messages, byte and char are understood', (t) => {
  const prefix = prefixWith(t, {
    'a_msgs/msg/Empty.msg': '',
    'a_msgs/msg/Root.msg': [
      'string NAME="a # b"  # constant',
      'string<=3 short "ab" # default',
      'uint8[<=2] bounded',
      'Empty[2] pair',
      'byte flag',
      'char letter',
      'bool[] bits',
      'int64[] long',
      'builtin_interfaces/Duration wait',
    ].join('\n'),
    'builtin_interfaces/msg/Duration.msg': 'int32 sec\nuint32 nanosec\n',
  });
  const codec = createCodec('a_msgs/msg/Root', [prefix]);
  const message = {
    short: 'abc',
    bounded: new Uint8Array([1, 2]),
    pair: [{}, {}],
    flag: 200,
    letter: 255,
    bits: [true, false],
    long: new BigInt64Array([-5n, 2n ** 40n]),
    wait: { sec: -1, nanosec: 2 },
  };
  assert.deepEqual(codec.decode(codec.encode(message)), message);
  assert.throws(() => codec.encode({ ...message, short: 'abcd' }), /at most 3/);
  assert.throws(() => codec.encode({ ...message, bounded: new Uint8Array(3) }), /at most 2/);
});

test('the type hash comes from the description where one is installed', (t) => {
  const hash = `RIHS01_${'ab'.repeat(32)}`;
  const prefix = prefixWith(t, {
    'a_msgs/msg/With.msg': 'uint8 u\n',
    'a_msgs/msg/With.json': JSON.stringify({
      type_hashes: [{ type_name: 'a_msgs/msg/With', hash_string: hash }],
    }),
    'a_msgs/msg/Without.msg': 'uint8 u\n',
  });
  assert.equal(loadDefinition('a_msgs/msg/With', [prefix]).typeHash, hash);
  assert.equal(loadDefinition('a_msgs/Without', [prefix]).typeHash, undefined);
});

test('a missing definition names the type and where it was looked for', () => {
  assert.throws(
    () => loadDefinition('no_msgs/msg/Nothing', ['/first', '/second']),
    (error) =>
      error instanceof ConfigError &&
      /no_msgs\/msg\/Nothing/.test(error.message) &&
      /\/first, \/second/.test(error.message),
  );
  assert.throws(() => loadDefinition('std_msgs/msg/Header', []), /AMENT_PREFIX_PATH/);
  assert.throws(() => loadDefinition('Header', ['/first']), /std_msgs\/msg\/Header/);
});

test('prefixes come from AMENT_PREFIX_PATH in order', () => {
  assert.deepEqual(amentPrefixes({ AMENT_PREFIX_PATH: ['/a', '', '/b'].join(path.delimiter) }), ['/a', '/b']);
  assert.deepEqual(amentPrefixes({}), []);
});

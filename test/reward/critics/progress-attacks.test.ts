import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/config/config-error.js';
import { compileProgress } from '../../../src/reward/critics/progress-function/compile.js';
import { criticOf, fromText, judged, lift } from './progress-critic.js';

/** Ways out of a sandbox, and ways to keep it busy, that were tried on other evaluators. */
const attacks: readonly string[] = [
  'constructor.constructor("return process")()',
  'object.position.x.constructor.constructor("return process")()',
  'object.__proto__.polluted',
  '__proto__.polluted = 1',
  '__proto__',
  'toString',
  'this',
  'globalThis.process',
  'process.exit(1)',
  'require("fs")',
  'import({ a: 1 })',
  'import("fs")',
  'eval("1")',
  'evaluate("1")',
  'parse("1").compile()',
  'compile("1")',
  'f(x) = f(x)',
  'f = 1',
  'a = b = 1',
  'cos.constructor',
  'cos.transform',
  'cos["constructor"]("return 1")()',
  '[1, 2, 3].map(f)',
  '[[1, 2], [3, 4]] ^ 99999',
  'ones(1e9)',
  'zeros(100000, 100000)',
  'range(1, 1e12)',
  '1:1e12',
  'factorial(1e6)',
  '170!!',
  '9^9^9^9^9',
  '1e308 * 10',
  'exp(exp(exp(9)))',
  '1 / 0',
  '0 / 0',
  'Infinity',
  '-Infinity',
  'NaN',
  'null',
  'undefined',
  'i',
  '2 m to km',
  'createUnit("foo")',
  'bignumber(10)^1e9',
  '"a" * 2',
  '{a: 1}',
  'true ? import("fs") : 1',
  '1; import("fs")',
  '1\nimport("fs")',
  '\u202e1 + 1',
  '1 + 1 # comment',
  '`${process.exit(1)}`',
  '('.repeat(300),
  '('.repeat(150) + '1' + ')'.repeat(150),
  '-'.repeat(399) + '1',
  'not '.repeat(90) + 'true',
  `min(${'1,'.repeat(180)}1)`,
  '1' + '+1'.repeat(199),
  'ever('.repeat(60) + 'true' + ')'.repeat(60),
  'held_for(true, 1e400)',
  'held_for(true, object.position.x)',
];

test('hostile expressions are refused when they are read, at every place that takes one', () => {
  const place = { file: 'reward.yaml', key: 'critics.p' };
  for (const text of attacks)
    for (const settings of [
      { state: {}, progress: text, components: {} },
      { state: {}, progress: '0', done: text, components: {} },
      { state: { a: text }, progress: '0', components: {} },
      { state: {}, progress: '0', components: { a: text } },
    ])
      assert.throws(() => compileProgress(settings, lift, place), ConfigError, text);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test('hostile keys are refused, and nothing of a prototype is changed by those that are allowed', async (t) => {
  await assert.rejects(fromText(t, 'progress: "0"\nstate: { __proto__: "1" }'), ConfigError);
  await assert.rejects(fromText(t, 'progress: "0"\ncomponents: { __proto__: "1" }'), ConfigError);
  await assert.rejects(fromText(t, 'progress: "0"\n__proto__: { done: "true" }'), ConfigError);
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`a${i}`, '1']));
  await assert.rejects(criticOf(t, { state: many }), /must NOT have more than 50/);
  const names = {
    state: { constructor: '0.5' },
    progress: 'constructor',
    components: { constructor: '2', to_string: '3' },
  };
  const [judgement] = await judged(t, names, {});
  assert.equal(judgement.progress, 0.5);
  assert.deepEqual(Object.entries(judgement.components), [
    ['constructor', 2],
    ['to_string', 3],
  ]);
});

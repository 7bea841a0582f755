import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/config/config-error.js';
import { compileCondition, compileQuantity } from '../../../src/sim/expression/program.js';
import { namesByKind, type Quantity, type Scope } from '../../../src/sim/expression/scope.js';
import { seededRandom } from '../../../src/sim/random.js';
import { names } from './scene.js';

const scope: Scope = {
  control_rate_hz: 10,
  names: namesByKind(names),
  quantities: new Map<string, Quantity>([['gap', { index: 0, type: 'number' }]]),
  later: ['tomorrow'],
};
const source = (text: string): { file: string; key: string; text: string } => ({
  file: 'task.yaml',
  key: 'quantities.q',
  text,
});

/** Checks that `text` is refused with file, key, the column (from 1) and a reason. */
function refused(text: string, column: number, reason: RegExp, compile = compileQuantity as unknown): void {
  assert.throws(
    () => (compile as typeof compileQuantity)(source(text), scope),
    (error) => {
      assert.ok(error instanceof ConfigError, `${text}: ${String(error)}`);
      assert.equal(error.file, 'task.yaml');
      assert.equal(error.key, 'quantities.q');
      assert.match(error.problem, reason);
      assert.match(error.problem, new RegExp(`^column ${column} `), text);
      return true;
    },
  );
}

test('property access and indexing', () => {
  refused('object.x', 7, /property access/);
  refused('object?.x', 8, /property access/);
  refused('object["x"]', 7, /indexing/);
  refused('[1, 2]', 1, /arrays/);
  refused('{a: 1}', 1, /objects/);
  refused('1:3', 1, /ranges/);
  refused('height(object)[1]', 15, /indexing/);
});

const observed: Scope = {
  control_rate_hz: 10,
  names: { place: new Set(), body: new Set(), joint: new Set() },
  quantities: new Map<string, Quantity>(
    ['ball.position.x', 'ball.position.y', 'gap', 'elbow.position'].map((name, index) => [
      name,
      { index, type: 'number' },
    ]),
  ),
  later: [],
};
const refusedThere = (text: string, column: number, reason: RegExp): void =>
  refused(text, column, reason, (from: Parameters<typeof compileQuantity>[0]) =>
    compileQuantity(from, observed),
  );

test('where names have dots, only whole names that are known have a value; all else is property access', () => {
  assert.equal(compileQuantity(source('ball.position.x - elbow.position'), observed).type, 'number');
  refusedThere('ball.positon.x', 5, /property access.*did you mean ball\.position\.x\?/);
  refusedThere('1 + ball.position', 9, /'ball\.position' is not the name of a value/);
  for (const text of [
    'ball.position.x.constructor',
    'gap.constructor',
    'constructor.constructor',
    'ball.__proto__',
  ])
    refusedThere(text, text.indexOf('.') + 1, /property access/);
  refusedThere('ball . position.x', 6, /property access/);
  refusedThere('(ball).position.x', 7, /property access/);
  refusedThere('ball.position["x"]', 5, /property access/);
  refusedThere('ball?.position.x', 6, /property access/);
  refusedThere('ball.position.x(1)', 1, /only functions of the language can be called/);
  refusedThere('gap.5', 4, /operator is missing/);
  refusedThere('ball.position.x = 1', 17, /assignments/);
  refusedThere('ball.position.x.', 16, /property access/);
  refusedThere('..', 1, /property access/);
  refusedThere('ball', 1, /'ball' has no value of its own; known: ball\.position\.x, ball\.position\.y/);
});

test('without a scene its functions are not there, and their names are free', () => {
  refusedThere('height(ball)', 1, /height asks the scene, of which nothing is known here/);
  refusedThere('contact(a, b)', 1, /contact asks the scene/);
  refusedThere('joint(elbow)', 1, /joint asks the scene/);
  refusedThere('heigth(ball)', 1, /unknown function 'heigth'; known: abs, /);
  refusedThere('height', 1, /unknown quantity 'height'/);
});

test('names of the prototype chain are unknown like any other', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype']) {
    refused(name, 1, /unknown quantity/);
    refused(`${name}(1)`, 1, /unknown function/);
    refused(`height(${name})`, 8, /expected the name of a place/);
  }
});

test('assignment, definitions, statements, imports, evaluation', () => {
  refused('a = 1', 3, /assignments/);
  refused('f(x) = x', 6, /definitions/);
  refused('1; 2', 2, /one value/);
  refused('1\n2', 3, /Unexpected part/);
  refused('gap\ngap', 5, /operator is missing/);
  for (const name of ['import', 'createUnit', 'evaluate', 'parse', 'compile', 'simplify', 'map', 'random'])
    refused(`${name}(1)`, 1, new RegExp(`unknown function '${name}'`));
  refused('import("fs")', 8, /strings/);
});

test('strings, units, other notations and operators of mathjs', () => {
  refused('"a"', 1, /strings/);
  refused("'a'", 1, /strings/);
  refused('2 m', 3, /operator is missing/);
  refused('2m', 1, /units/);
  refused('0x10', 1, /units/);
  refused('2(3)', 3, /operator is missing/);
  refused('(gap)(gap)', 7, /operator is missing/);
  refused('gap!', 4, /'not'/);
  refused('5%', 2, /percentages/);
  refused('gap & 1', 5, /'and'/);
  refused('gap || 1', 5, /'or'/);
  refused('1 xor 2', 3, /'xor'/);
  refused('5 mod 2', 3, /'mod'/);
  refused('gap << 1', 1, /operator '<<'/);
  refused('gap ?? 1', 1, /operator '\?\?'/);
  refused('gap .* 1', 5, /property/);
  refused('1.*2', 1, /operator '\.\*'/);
  refused('gap # c', 5, /"#"/);
});

test('malformed, empty, non-finite and not ASCII', () => {
  refused('', 1, /expected an expression/);
  refused(' \n ', 1, /expected an expression/);
  refused('()', 1, /expected an expression/);
  refused('(1', 3, /Parenthesis/);
  refused('1 +', 4, /end of expression/i);
  refused('gap ? 1', 8, /False part/);
  refused('NaN', 1, /not a finite number/);
  refused('1 + Infinity', 5, /not a finite number/);
  refused('1e999', 1, /not a finite number/);
  refused('null', 1, /not part/);
  refused('undefined', 1, /not part/);
  refused('gap + \u03b1', 7, /"\u03b1"/);
  refused('\u{1f916} > 1', 1, /\u{1f916}/u);
  refused('gap \u2212 1', 5, /not part/);
  refused('gap\u0000', 4, /not part/);
});

test('what divides by zero whatever the scene is', () => {
  refused('1 / 0', 5, /divides by zero/);
  refused('gap / 0', 7, /divides by zero/);
  refused('gap / (pi - pi)', 8, /divides by zero/);
  refused('1 + (true ? 2 / (1 - 1) : 3)', 18, /divides by zero/);
  refused('gap > 0 ? 0 ^ -1 : 1', 11, /0 \^ -1, which is not finite/);
  refused('sqrt(-1)', 1, /sqrt\(-1\), which is not finite/);
});

test('types: numbers and conditions do not mix', () => {
  refused(
    'height(object) and true',
    1,
    /left of 'and' must be true or false, but 'height\(object\)' is a number/,
  );
  refused('true and 3', 10, /right of 'and' must be true or false, but '3' is a number/);
  refused('not gap', 5, /follows 'not' must be true or false/);
  refused('not gap < 1', 5, /follows 'not' must be true or false/);
  refused('1 + true', 5, /right of '\+' must be a number, but 'true' is true or false/);
  refused('-(gap > 1)', 3, /follows '-' must be a number/);
  refused('gap == true', 8, /right of '==' must be a number/);
  refused('0 < gap < true', 11, /chain of comparisons must be a number/);
  refused('gap ? 1 : 2', 1, /before '\?' must be true or false/);
  refused('true ? 1 : false', 12, /after ':'.* must be a number/);
  refused('sqrt(true)', 6, /argument 1 of sqrt must be a number/);
  refused('ever(1)', 6, /argument 1 of ever must be true or false/);
  refused('gap + 1', 1, /the expression must be true or false/, compileCondition);
});

test('unknown names come with what could be meant', () => {
  refused('hight(object)', 1, /unknown function 'hight'; did you mean 'height'\?/);
  refused('gap + gp', 7, /unknown quantity 'gp'; did you mean 'gap'\?/);
  refused('wholly_different', 1, /unknown quantity 'wholly_different'; known: gap, time, pi, true, false/);
  refused(
    'height(objekt)',
    8,
    /height: expected the name of a place .*'objekt' is not one; did you mean 'object'/,
  );
  refused('joint(elbwo)', 7, /an actuated joint: 'elbwo' is not one; did you mean 'elbow'/);
  refused('contact(object, hand)', 17, /a body that can be touched/);
  refused('height(gap)', 8, /'gap' is a quantity/);
  refused('object > 1', 1, /'object' is a place, not a value/);
  refused('elbow > 1', 1, /write joint\(elbow\)/);
  refused('height > 1', 1, /height is a function: write height\(\.\.\.\)/);
  refused('gap(1)', 1, /value, not a function/);
  refused('tomorrow', 1, /listed earlier/);
});

test('arguments', () => {
  refused('height()', 1, /takes 1 argument, not 0/);
  refused('height(object, bowl)', 1, /takes 1 argument, not 2/);
  refused('distance(object)', 1, /takes 2 arguments, not 1/);
  refused('min(1)', 1, /takes 2 or more arguments, not 1/);
  refused('held_for(true)', 1, /takes 2 arguments, not 1/);
  refused('height((object))', 9, /is no name/);
  refused('height(2)', 8, /but '2' is no name/);
  refused('distance(object, x(object))', 18, /is no name/);
  refused('height(a = object)', 10, /assignments/);
  refused('held_for(true, gap)', 16, /constant number of seconds/);
  refused('held_for(true, -1)', 17, /0 or more/);
  refused('first(gap > 1)', 7, /argument 1 of first must be a number/);
  refused('max_so_far(gap, 1)', 1, /takes 1 argument, not 2/);
  refused('clamp(gap, 1)', 1, /takes 3 arguments, not 2/);
  refused('hypot(gap)', 1, /takes 2 or more arguments, not 1/);
  refused('ramp(gap, 0, 1, 2)', 1, /takes 3 arguments, not 4/);
  refused('ramp(1, 2, 2)', 1, /ramp\(1, 2, 2\), which is not finite/);
  refused('clamp(1, 3, 2)', 1, /clamp\(1, 3, 2\), which is not finite/);
  refused('exp(1000)', 1, /exp\(1000\), which is not finite/);
});

test('size is bounded', () => {
  refused('1 + '.repeat(100) + '1', 401, /longer than 400 characters/);
  refused(`${'('.repeat(21)}1${')'.repeat(21)}`, 21, /nested parentheses/);
  refused('('.repeat(100000), 401, /longer/);
  refused('not '.repeat(99) + 'true', 397, /deep/);
  refused('-'.repeat(399) + '1', 400, /deep/);
  refused('1 ? '.repeat(99) + '1', 398, /False part/);
  refused('1^'.repeat(150) + '1', 39, /deep/);
  const wide = `min(${Array.from({ length: 99 }, () => '1').join(',')})`;
  assert.equal(compileQuantity(source(wide), scope).type, 'number');
  refused(wide.replace('1', '1,1'), 203, /more than 100 parts/);
});

test('random words are a program or refused, and quickly', () => {
  const words =
    'gap time pi true false object hand elbow height distance joint held_for ever min sqrt constructor __proto__ import f a ' +
    '0 1 0.5 1e3 1e999 NaN null 2m 0x1 + - * / ^ < <= > >= == != = ? : ?? ?. ( ) ( ) ( ) , , . .5 [ ] { } ; and or not to in mod xor ' +
    '" \' ! % & | << # $ @ \\ \n \u00b5 \u{1d6fc} -> => end i e';
  const list = words.split(' ');
  const random = seededRandom(7);
  const pick = (): string => list[Math.floor(random() * list.length)];
  const pairs: readonly [string, string][] = [
    ['(', ')'],
    ['height(', ')'],
    ['held_for(', '> 0, 1)'],
    ['', '/ gap'],
    ['gap + ', ''],
  ];
  let programs = 0;
  let slowest = 0;
  for (let i = 0; i < 3000; i++) {
    let text = pick();
    const rounds = Math.floor(random() * (i % 10 === 0 ? 40 : 5));
    for (let round = 0; round < rounds; round++) {
      const [before, after] = pairs[Math.floor(random() * pairs.length)];
      text = random() < 0.5 ? `${text}${random() < 0.7 ? ' ' : ''}${pick()}` : `${before}${text}${after}`;
    }
    const start = performance.now();
    try {
      compileQuantity(source(text), scope);
      programs++;
    } catch (error) {
      assert.ok(error instanceof ConfigError, `${JSON.stringify(text)}: ${String(error)}`);
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  assert.ok(programs > 100, `${programs} programs`);
  assert.ok(slowest < 500, `${slowest} ms`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReplyToken } from '../../../../../src/reward/chat/chat.js';
import { Unreadable } from '../../../../../src/reward/critics/http-vlm/prompts/answer.js';
import { readFrames } from '../../../../../src/reward/critics/http-vlm/prompts/frames.js';
import { readHop } from '../../../../../src/reward/critics/http-vlm/prompts/hops.js';
import { readPairwise } from '../../../../../src/reward/critics/http-vlm/prompts/pairwise.js';
import { entropy, readQuestion } from '../../../../../src/reward/critics/http-vlm/prompts/question.js';

const page = '<!DOCTYPE html><html><head><title>502</title></head><body>50%</body></html>';

/** What no prompt may make a number of. */
const nonsense = [
  ...[
    '',
    '   \n',
    'I think 50 maybe',
    '50',
    '50%',
    '+50%',
    'about half',
    page,
    'NaN',
    'null',
    'undefined',
    '{}',
    '[]',
  ],
  ...[
    'Das sieht nach ungefähr der Hälfte aus.',
    '約50%です',
    'да',
    'oui',
    '是',
    'yesno',
    'yes and no',
    'maybe yes',
  ],
  ...[
    '<think>The answer is yes, <progress>50%</progress><score>50%</score>',
    '<progress>',
    '</progress>50<progress>',
  ],
];

const refuses = (read: () => unknown, text: string): void =>
  assert.throws(read, Unreadable, `made something of ${JSON.stringify(text)}`);

test('what is not an answer is refused by every prompt', () => {
  for (const text of nonsense) {
    refuses(() => readPairwise(text), text);
    refuses(() => readHop(text), text);
    refuses(() => readFrames(text, 2), text);
    refuses(() => readQuestion({ text, tokens: [] }), text);
  }
});

test('any text whatever is read as a number in range, or refused', () => {
  const pieces = [
    '<progress>',
    '</progress>',
    '<score>',
    '</score>',
    '%',
    '-',
    '+',
    '1',
    '00',
    '.',
    ' ',
    'NaN',
    '[',
    ']',
  ];
  const more = [
    '{"frame": 1, "progress": ',
    '}',
    ',',
    'yes',
    'no',
    '<think>',
    '</think>',
    '\n',
    'e9',
    'Infinity',
    '٣',
    '５',
  ];
  const text = fc.array(fc.oneof(fc.constantFrom(...pieces, ...more), fc.string({ maxLength: 5 })), {
    maxLength: 12,
  });
  const numbers: readonly ((text: string) => readonly [number, number])[] = [
    (said) => [readPairwise(said).change, -1],
    (said) => [readHop(said), -1],
    (said) => [readFrames(said, 1)[0], 0],
    (said) => [readQuestion({ text: said, tokens: [] }).probability, 0],
  ];
  let read = 0;
  fc.assert(
    fc.property(text, fc.constantFrom(...numbers), (parts, number) => {
      try {
        const [value, least] = number(parts.join(''));
        assert.ok(value >= least && value <= 1, String(value));
        read++;
      } catch (error) {
        assert.ok(error instanceof Unreadable, String(error));
      }
    }),
    { numRuns: 3000, examples: [[['<progress>1</progress>'], numbers[0]]] },
  );
  assert.ok(read > 0);
});

test('pairwise: a signed percentage between tags, whatever stands around them', () => {
  const change = (text: string): number => readPairwise(text).change;
  assert.equal(change('<progress>+12%</progress><done>no</done>'), 0.12);
  assert.equal(change('<progress> -7.5 % </progress>'), -0.075);
  assert.equal(change('<progress>\u22125%</progress>'), -0.05, 'the typographic minus');
  assert.equal(
    change('<think>50? <progress>50%</progress></think>\nThe arm moved. <progress>3</progress>'),
    0.03,
  );
  assert.equal(change('<progress>3%</progress> or, again, <progress>3%</progress>'), 0.03);
  assert.ok(Object.is(change('<progress>-0%</progress>'), 0), 'zero has no sign');
});

test('pairwise: numbers out of range, several numbers and other writings are refused', () => {
  const inside = [
    '101',
    '-101%',
    '1e2',
    '1e999',
    'NaN',
    'Infinity',
    '1,5',
    '1.',
    '.5',
    '--5',
    '+-5',
    '5%%',
    '5 6',
    '٥',
    '５',
  ];
  for (const content of [...inside, '', 'fifty', '0x10', '–5', '0.5.5', '<b>5</b>', '9'.repeat(400)])
    refuses(() => readPairwise(`<progress>${content}</progress>`), content);
  const two = '<progress>10%</progress><progress>20%</progress>';
  assert.throws(() => readPairwise(two), {
    message: 'has several <progress>: 10%, 20%',
  });
});

test('pairwise: done is yes, no, or open', () => {
  const done = (text: string): number | undefined => readPairwise(`<progress>0%</progress>${text}`).done;
  assert.deepEqual(
    ['<done>yes</done>', '<done>No.</done>', '', '<done>perhaps</done>', '<done>yes', '<done>1</done>'].map(
      done,
    ),
    [1, 0, undefined, undefined, undefined, undefined],
  );
  assert.equal(done('<done>yes</done><done>no</done>'), undefined);
});

test('hops: the tag of GRM', () => {
  assert.equal(readHop('<score>-25%</score>'), -0.25);
  refuses(() => readHop('<progress>25%</progress>'), 'the tag of another prompt');
});

test('frames: a JSON list with every frame once, in any order and with a text around it', () => {
  assert.deepEqual(
    readFrames('[{"frame": 2, "progress": 40}, {"frame": 1, "progress": "15%"}]', 2),
    [0.15, 0.4],
  );
  const fenced =
    'Here it is:\n```json\n[{"frame": 1, "description": "reaching", "progress": 7.5}]\n```\nDone.';
  assert.deepEqual(readFrames(fenced, 1), [0.075]);
});

test('frames: a list that is cut off, too short, too long, doubled or out of range is refused as a whole', () => {
  const entry = (frame: unknown, progress: unknown): string => JSON.stringify({ frame, progress });
  const lists: readonly [string, string][] = [
    [`[${entry(1, 10)}, {"frame": 2, "prog`, 'has no JSON list'],
    [`[${entry(1, 10)}, {"frame": 2, "prog]`, 'has a list that is not JSON'],
    [`[${entry(1, 10)}, NaN]`, 'has a list that is not JSON'],
    ['[{"frame": 1, "progress": NaN}, {"frame": 2, "progress": 5}]', 'has a list that is not JSON'],
    [`[${entry(1, 10)}]`, 'lists 1 of 2 frames'],
    [`[${entry(1, 10)}, ${entry(1, 10)}]`, 'lists frame 1 twice'],
    [`[${entry(1, 10)}, ${entry(2, 10)}, ${entry(3, 10)}]`, 'lists a frame that was not shown'],
    [`[${entry(0, 10)}, ${entry(1, 10)}]`, 'lists a frame that was not shown'],
    [`[${entry('1', 10)}, ${entry(2, 10)}]`, 'lists a frame that was not shown'],
    [`[${entry(1.5, 10)}, ${entry(2, 10)}]`, 'lists a frame that was not shown'],
    [`[${entry(1, 101)}, ${entry(2, 10)}]`, 'is not from 0 to 100 %'],
    [`[${entry(1, -1)}, ${entry(2, 10)}]`, 'is not from 0 to 100 %'],
    [`[${entry(1, 1e300)}, ${entry(2, 10)}]`, 'is no number of percent'],
    [`[${entry(1, null)}, ${entry(2, 10)}]`, 'gives frame 1 no progress'],
    [`[${entry(1, [50])}, ${entry(2, 10)}]`, 'gives frame 1 no progress'],
    ['[10, 20]', 'lists a frame that was not shown'],
    ['[null, null]', 'lists a frame that was not shown'],
  ];
  for (const [text, problem] of lists)
    assert.throws(
      () => readFrames(text, 2),
      (error) => error instanceof Unreadable && error.message.startsWith(problem),
      `${text} should be refused: it ${problem}`,
    );
});

const token = (
  text: string,
  probability: number,
  top: Readonly<Record<string, number>> = {},
): ReplyToken => ({
  ...{ token: text, logprob: Math.log(probability) },
  top: Object.entries(top).map(([word, p]) => ({ token: word, logprob: Math.log(p) })),
});

test('question: yes is 1 and no is 0 where only the word is there', () => {
  const said = ['Yes', ' no.', '**YES**', '<think>no, wait</think>\n\nyes'];
  assert.deepEqual(
    said.map((text) => readQuestion({ text, tokens: [] })),
    [1, 0, 1, 1].map((probability) => ({ probability, mass: undefined })),
  );
  refuses(() => readQuestion({ text: 'Yes, the cube is on the table.', tokens: [] }), 'more than the word');
});

test('question: the probability is that of all ways to write yes against all ways to write no', () => {
  const tokens = [token('Yes', 0.5, { Yes: 0.5, No: 0.2, yes: 0.1, '▁no': 0.1, The: 0.1 })];
  const { probability, mass } = readQuestion({ text: 'Yes', tokens });
  assert.ok(Math.abs(probability - 0.6 / 0.9) < 1e-12);
  assert.ok(Math.abs((mass ?? NaN) - 0.9) < 1e-12);
  const alone = readQuestion({ text: 'No', tokens: [token('No', 0.7)] });
  assert.deepEqual(
    [alone.probability, alone.mass],
    [0, 0.7],
    'its own token counts where no others are listed',
  );
});

test('question: the token is that of the answer, not one of the thoughts before it', () => {
  const thought = ['<think>', 'yes', '</think>', '\n'].map((text) => token(text, 1));
  const tokens = [...thought, token('No', 0.75, { No: 0.75, Yes: 0.25 })];
  const text = tokens.map((part) => part.token).join('');
  assert.equal(readQuestion({ text, tokens }).probability, 0.25);
});

test('question: a word in pieces, or tokens without any probability, leave the word as it is written', () => {
  const pieces = [token('Y', 0.9, { Y: 0.9, No: 0.1 }), token('es', 1)];
  assert.deepEqual(readQuestion({ text: 'Yes', tokens: pieces }), { probability: 1, mass: undefined });
  const impossible = [{ token: 'No', logprob: -9999, top: [{ token: 'Yes', logprob: -9999 }] }];
  assert.deepEqual(readQuestion({ text: 'No', tokens: impossible }), { probability: 0, mass: 0 });
});

test('question: likely tokens do not make an answer of a text that is none', () => {
  const tokens = [token('Perhaps', 0.4, { Perhaps: 0.4, Yes: 0.35, No: 0.1 })];
  refuses(() => readQuestion({ text: 'Perhaps', tokens }), 'Perhaps');
});

test('question: for any probabilities the answer is a probability', () => {
  const likely = fc.record({
    token: fc.constantFrom('yes', 'Yes', ' YES', 'no', 'No', '▁no', 'x'),
    logprob: fc.double({ min: -1e4, max: 0, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.constantFrom('yes', 'no'),
      likely,
      fc.array(likely, { maxLength: 20 }),
      (text, own, top) => {
        const { probability } = readQuestion({ text, tokens: [{ ...own, top }] });
        assert.ok(probability >= 0 && probability <= 1);
        assert.ok(entropy(probability) >= 0 && entropy(probability) <= 1 + 1e-12);
      },
    ),
  );
  assert.deepEqual([entropy(0), entropy(0.5), entropy(1)], [0, 1, 0]);
});

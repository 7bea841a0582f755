import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readAnswer } from '../../../src/reward/design/answer.js';
import { lift } from './episodes.js';

const yaml = `state:
  gap: hypot(object.position_in_hand.x, object.position_in_hand.y)
progress: ramp(gap, 0.3, 0)
done: held_for(gap < 0.01, 0.32)
components: { gap: gap }`;

/** Why an answer is no progress function. */
function problem(text: string): string {
  const answer = readAnswer(text, lift);
  assert.ok('problem' in answer, text);
  return answer.problem;
}

test('the last block of YAML of an answer is read, or all of it if it has none', () => {
  const fenced = `Some thoughts:\n\`\`\`yaml\nprogress: nonsense\n\`\`\`\nBetter:\n\`\`\`yml\n${yaml}\n\`\`\`\nGood luck.`;
  for (const text of [yaml, fenced, fenced.replaceAll('\n', '\r\n'), `\`\`\`\n${yaml}\n\`\`\``]) {
    const answer = readAnswer(text, lift);
    assert.ok('settings' in answer, 'problem' in answer ? answer.problem : '');
    assert.equal(answer.settings.progress, 'ramp(gap, 0.3, 0)');
    assert.deepEqual(
      answer.compiled.state.map(([name]) => name),
      ['gap'],
    );
  }
});

test('what is no function says why, in terms of the answer', () => {
  assert.match(problem(''), /the answer is empty/);
  assert.match(problem('```yaml\n\n```'), /empty/);
  assert.match(problem('I am sorry, but I cannot do that.'), /answer: must be object/);
  assert.match(problem('progress: "1'), /is not valid YAML: Missing closing/);
  assert.match(problem('progress: a ? b : c: d'), /is not valid YAML/);
  assert.match(problem('<html><body>502 Bad Gateway</body></html>'), /answer: must be object/);
  assert.match(problem('done: "true"'), /answer: progress: is missing/);
  assert.match(problem('progress: "0"\nkind: human'), /answer: kind: unknown key/);
  assert.match(problem('progress: "0"\npace: episode'), /unknown key/);
  assert.match(problem('progress: object.hight'), /answer: progress: column 7 .*property access/);
  assert.match(
    problem('state: { a: b }\nprogress: a'),
    /answer: state\.a: column 1 of 'b': unknown quantity 'b'/,
  );
  assert.match(problem('progress: height(object)'), /asks the scene/);
  assert.match(problem('progress: import("fs")'), /strings are not part/);
  assert.match(problem(`progress: "${'1 + '.repeat(120)}1"`), /more than 400 characters/);
  assert.match(problem(`progress: "0"\n${'# x\n'.repeat(10_000)}`), /more than 20000 characters/);
  assert.match(problem('a: &a [1]\nprogress: *a'), /is not valid YAML|alias/);
});

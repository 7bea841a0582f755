import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  compileProgress,
  type ProgressSettings,
} from '../../../src/reward/critics/progress-function/compile.js';
import { testFunction } from '../../../src/reward/design/design-reward.js';
import { defaultCriteria } from '../../../src/reward/design/preference-test.js';
import type { Verdict } from '../../../src/reward/design/reasons.js';
import { episodes, lift } from './episodes.js';

const [x, y] = ['object.position.x', 'object.position.y'];
const good: ProgressSettings = { state: {}, progress: x, done: `${x} > 0.99`, components: {} };

function verdict(changes: Partial<ProgressSettings>, tested = episodes): Verdict {
  const compiled = compileProgress({ ...good, ...changes }, lift, { file: 'answer', key: '' });
  return testFunction(compiled, tested, defaultCriteria);
}

/** The one reason for which a function is refused. */
function reason(changes: Partial<ProgressSettings>): string {
  const { reasons } = verdict(changes);
  assert.equal(reasons.length, 1, reasons.join('\n'));
  return reasons[0];
}

test('a function that follows the task passes, and its figures say so', () => {
  const { reasons, figures } = verdict({});
  assert.deepEqual(reasons, []);
  const { final_failure, ...others } = figures;
  assert.ok(Math.abs(final_failure - 0.8 / 3) < 1e-6);
  assert.deepEqual(others, {
    ...{ successes: 3, failures: 3, final_success: 1, preference_accuracy: 1, value_order: 1, start: 0 },
    ...{ saturated: 0, done_on_success: 1, done_on_failure: 0, done_early: 0 },
    ...{ idle_gain: 0, loop_gain: 0, unknown: 0, overflow: 0 },
  });
});

test('a function that rises on failures as well is refused for its margin and its preferences, with examples', () => {
  const { reasons, figures } = verdict({ progress: y, components: { x } });
  assert.equal(figures.preference_accuracy, 0.5);
  assert.equal(reasons.length, 2);
  assert.match(
    reasons[0],
    /end at 1 and failures at 1 on average; episode e2 failed and reaches 1 \(x 0\.3\)/,
  );
  assert.match(reasons[1], /at least 90 % of all pairs, but does in 50 %/);
});

test('ties count half, and a success whose end is unknown is at the bottom', () => {
  assert.equal(verdict({ progress: '0.5' }).figures.preference_accuracy, 0.5);
  const { figures } = verdict({ progress: `${x} > 0.99 ? 1 / (${x} - ${x}) : 0.5` });
  assert.equal(figures.preference_accuracy, 0);
});

test('time, counting and remembering earn without the task', () => {
  const timed = `0.5 * ${x} + 0.5 * ramp(time, 0, 4)`;
  assert.match(
    verdict({ progress: timed }).reasons.join(),
    /standing still must earn nothing, but progress rises by up to 0\.4/,
  );
  const remembered = verdict({ progress: `max_so_far(${x})` });
  assert.match(remembered.reasons.join(), /going forward and back must earn nothing, .* up to 1 higher/);
  assert.equal(remembered.figures.idle_gain, 0);
  const once = verdict({ progress: `0.8 * ${x} + (ever(${x} > 0.2) ? 0.1 : 0)` });
  assert.match(once.reasons.join(), /up to 0\.1 higher.*episode e1 succeeded and gains 0\.1/);
});

test('progress must begin low, rise, stay within bounds and not be full long before the end', () => {
  assert.match(reason({ progress: `0.3 + 0.7 * ${x}` }), /begin at 0\.2 or less, but begin at 0\.3/);
  assert.match(reason({ progress: `ramp(${x}, 0.3, 0.45)` }), /full at \d+.* at most 20 %/);
  const early = `${x} < 0.5 ? 0.15 - 0.3 * ${x} : 2 * (${x} - 0.5)`;
  assert.match(
    reason({ progress: early }),
    /rank correlation with time is 0\.\d+.*goes 0\.15, 0\.07, 0, 0\.5, 1/,
  );
  const outside = verdict({ progress: `1.5 * ${x}` });
  assert.match(outside.reasons.join(), /outside at \d+ moments, by up to 0\.5/);
  assert.match(
    verdict({ progress: `0 / ${x}` }).reasons.join(),
    /no value at 6 of 246 moments: .*which is not finite/,
  );
});

test('done must come with success, with it only, and not before', () => {
  assert.match(
    reason({ done: `${x} > 2` }),
    /at least 90 % of the successes, but does on 0 %; episode e1 succeeded and is never/,
  );
  assert.match(
    reason({ done: `${y} > 0.99` }),
    /false on failures, but becomes true on 100 %.*episode e2 failed and is done after 3\.2 s/,
  );
  assert.match(
    reason({ done: `${x} > 0.45` }),
    /more than a second before the end.*is done after 1\.52 s of 3\.2 s/,
  );
  const { done, ...silent } = good;
  assert.equal(done, `${x} > 0.99`);
  const compiled = compileProgress(silent, lift, { file: 'answer', key: '' });
  assert.match(testFunction(compiled, episodes, defaultCriteria).reasons.join(), /does on 0 %/);
});

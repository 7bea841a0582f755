import { test } from 'node:test';
import assert from 'node:assert/strict';
import { environmentOf } from '../../../src/reward/design/environment.js';
import { languageReference } from '../../../src/reward/design/language-reference.js';
import { defaultCriteria } from '../../../src/reward/design/preference-test.js';
import { firstMessages, refusalMessage } from '../../../src/reward/design/prompt.js';
import { observationNames } from '../../../src/robot/observation-spec.js';
import { arithmeticFunctions, memoryFunctions } from '../../../src/sim/expression/functions.js';
import { episodes, lift } from './episodes.js';

test('an environment has every observed value with its unit, its bounds and its means at start and end', () => {
  const { observed, told } = environmentOf(lift, episodes);
  assert.deepEqual(
    observed.map(({ name }) => name),
    observationNames(lift.observation),
  );
  const units = new Map(observed.map(({ name, unit }) => [name, unit]));
  assert.equal(units.get('right_elbow_joint.position'), 'rad');
  assert.equal(units.get('right_elbow_joint.velocity'), 'rad/s');
  assert.equal(units.get('object.position_in_hand.z'), 'm');
  assert.equal(units.get('object.linear.z'), 'm/s');
  assert.equal(units.get('object.angular.x'), 'rad/s');
  assert.equal(units.get('object.rotation.r00'), '');
  const { end_failure, ...x } = observed.find(({ name }) => name === 'object.position.x')!;
  assert.deepEqual(x, { name: 'object.position.x', unit: 'm', low: 0, high: 1, start: 0, end_success: 1 });
  assert.ok(Math.abs(end_failure! - 0.8 / 3) < 1e-6);
  // hand_distance and stage are quantities of the task, but these episodes were recorded without them.
  assert.deepEqual(
    told.map(({ name }) => name),
    ['object_height'],
  );
});

test('the first message holds the task, its values, the language and the rules; the simulator only where it tells something', () => {
  const environment = environmentOf(lift, episodes);
  const brief = { task: lift, instruction: 'raise it', environment, criteria: defaultCriteria };
  const [system, user] = firstMessages(brief);
  assert.deepEqual([system.role, user.role], ['system', 'user']);
  for (const part of [
    'raise it',
    'at most 4.8 s',
    'object.position.x [m]: 0 to 1; 0 -> 1 | 0.267',
    'object.rotation.r00: 0 to 0',
    'success = held_for(object_height >= 0.10, 0.32)',
    'hand_distance = distance(hand, object)',
    languageReference,
    'at most 0.2 when an episode begins',
  ])
    assert.ok(user.content.includes(part), part);
  const unseen = episodes.map((episode) => ({
    ...episode,
    clip: {
      ...episode.clip,
      moments: episode.clip.moments.map((moment) => ({ ...moment, signs: undefined })),
    },
  }));
  const [, blind] = firstMessages({ ...brief, environment: environmentOf(lift, unseen) });
  assert.ok(!blind.content.includes('simulator') && !blind.content.includes('object_height'));
});

test('the reference in brief lists every function that can be called', () => {
  for (const name of [...arithmeticFunctions.keys(), ...memoryFunctions])
    assert.match(languageReference, new RegExp(`(^|\\s)${name}\\(`), name);
});

test('a refusal lists the reasons', () => {
  const { role, content } = refusalMessage(['too high', 'too low']);
  assert.equal(role, 'user');
  assert.match(content, /- too high\n- too low\n/);
});

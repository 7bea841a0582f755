import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { checkAgainst, loadSchema } from '../../../src/config/schema.js';
import { checkDemonstrator, type DemonstratorSpec } from '../../../src/sim/expert/spec.js';

const text = `
hands:
  right: { frame: hand, arm: [shoulder, elbow], open: { finger: 0 }, closed: { finger: 1 }, grips: { pinch: { finger: 0.5 } } }
phases:
  - { name: hover, right: { at: object, offset: [0, 0, [0.1, 0.2]], grip: pinch }, until: { within_m: 0.01, timeout_steps: 9 } }
  - { name: close, right: { grip: 1 }, until: { steps: 3 } }
  - { name: lift, right: { by: [0, 0, 0.1] }, else: { phase: hover, hand: right, frame: object, beyond_m: 0.1 } }
`;
const frames = { object: { body: 'block' }, hand: { site: 'grasp' } };
const action_joints = ['shoulder', 'elbow', 'finger', 'wrist'];

function load(source: string): DemonstratorSpec {
  const spec = parse(source) as DemonstratorSpec;
  checkAgainst('demonstrator', loadSchema('demonstrator'), spec, 'task.yaml');
  checkDemonstrator(spec, { frames, action_joints, file: 'task.yaml' });
  return spec;
}

test('a demonstrator is read with its defaults', () => {
  const { noise, phases } = load(text);
  assert.deepEqual(noise, { arm_rad: 0, hand_rad: 0, correlation: 0.85 });
  assert.deepEqual(phases[1].right, {
    track: true,
    offset: [0, 0, 0],
    axes: 'world',
    grasp: 'measured',
    step_m: 0.025,
    turn_step_rad: 0.25,
    grip: 1,
    grip_steps: 1,
  });
  assert.equal(phases[2].else?.times, 3);
});

const refusals: [string, string, RegExp][] = [
  ['frame: hand', 'frame: hnd', /hands\.right\.frame: unknown frame hnd; did you mean hand\?/],
  ['until: { steps: 3 }', 'until: {}', /phases\.1\.until: says nothing/],
  ['frame: hand', 'frame: object', /hands\.right\.frame: object is a body/],
  [
    '[shoulder, elbow]',
    '[shoulder, elbo]',
    /hands\.right\.arm\.1: unknown action joint elbo; did you mean elbow/,
  ],
  [
    '[shoulder, elbow]',
    '[finger]',
    /hands\.right\.open\.finger: finger is in demonstrator\.hands\.right\.arm\.0/,
  ],
  ['closed: { finger: 1 }', 'closed: { wrist: 1 }', /closed\.wrist: unknown joint of open wrist/],
  ['closed: { finger: 1 }', 'closed: {}', /closed\.finger: is in open only/],
  ['pinch: { finger: 0.5 }', 'pinch: {}', /grips\.pinch\.finger: is in open only/],
  ['at: object', 'at: objekt', /phases\.0\.right\.at: unknown frame objekt; did you mean object/],
  ['at: object,', 'at: object, carry: lid,', /phases\.0\.right\.carry: unknown frame lid/],
  ['at: object,', 'at: object, by: [0, 0, 1],', /phases\.0\.right\.by: .*one of the two/],
  ['[0.1, 0.2]', '[0.2, 0.1]', /phases\.0\.right\.offset\.2: lower 0\.2 is above upper 0\.1/],
  [
    'at: object,',
    'at: object, align: keep, pitch: 1,',
    /phases\.0\.right\.pitch: align: keep takes no turns/,
  ],
  ['at: object,', 'at: object, align: sideways,', /phases\.0\.right\.align: must be one of keep, world/],
  ['grip: pinch', 'grip: pinsh', /phases\.0\.right\.grip: unknown grip pinsh; did you mean pinch/],
  ['grip: 1', 'grip: 1.5', /phases\.1\.right\.grip: must be <= 1, got 1\.5/],
  ['grip: 1', 'grip: 1, yaw: 1', /phases\.1\.right\.yaw: needs at/],
  ['grip: 1', 'grip: 1, offset: [0, 0, 1]', /phases\.1\.right\.offset: needs at/],
  ['until: { steps: 3 }', 'until: { within_m: 0.1 }', /phases\.1\.until: no hand has a target/],
  [', until: { steps: 3 }', '', /phases\.1\.until: is missing; only the last/],
  [
    'until: { within_m',
    'until: { steps: 10, within_m',
    /phases\.0\.until\.timeout_steps: 9 is less than steps, 10/,
  ],
  ['name: lift, right', 'name: lift, left', /phases\.2\.left: no such hand in hands: right/],
  ['name: lift, right', 'name: lift, rihgt', /phases\.2\.rihgt: unknown key; did you mean right/],
  ['name: close', 'name: hover', /phases\.1\.name: there is another phase hover/],
  ['phase: hover', 'phase: hoover', /phases\.2\.else\.phase: unknown phase hoover; did you mean hover/],
  ['hand: right', 'hand: left', /phases\.2\.else\.hand: unknown hand left/],
  ['frame: object, beyond', 'frame: lid, beyond', /phases\.2\.else\.frame: unknown frame lid/],
];

for (const [from, to, message] of refusals) {
  test(`refused: ${to === '' ? `without ${from}` : to}`, () => {
    assert.ok(text.includes(from), from);
    assert.throws(() => load(text.replace(from, to)), message);
  });
}

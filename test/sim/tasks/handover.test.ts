import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Vector3 } from '../../../src/robot/pose.js';
import type { Verdict } from '../../../src/sim/expression/judge.js';
import { holdBefore } from './hold-before.js';
import { judgedWorld } from './judged-world.js';
import { putObject } from './put-object.js';

const { world, judge } = await judgedWorld('handover');

/** The last of `steps` verdicts at home, after the package was put at `place`, world frame, m. */
function verdictWithPackageAt(place: Vector3, steps: number): Verdict {
  world.reset(0);
  let verdict = judge.reset(world.scene);
  putObject(world, 'package', place);
  for (let i = 0; i < steps; i++) {
    world.step({});
    verdict = judge.update(world.scene);
  }
  return verdict;
}

const quantity = ({ quantities }: Verdict, name: string): number => quantities[judge.names.indexOf(name)];

test('a package that came onto the shelf without a handover is no success', () => {
  const verdict = verdictWithPackageAt([0.4, 0.3, 0.836], 10);
  assert.equal(quantity(verdict, 'on_shelf'), 1);
  assert.equal(quantity(verdict, 'given'), 0);
  assert.equal(verdict.outcome, 'running');
});

test('a package that falls off the table is a failure', () => {
  assert.equal(verdictWithPackageAt([0.95, 0, 0.745], 8).outcome, 'failure');
});

test('a package that both hands hold has not been given', async () => {
  const { success, quantities } = await holdBefore('let_go', world, judge, { seed: 0, horizon: 50 });
  assert.equal(success, false);
  assert.equal(quantities.both_hold, 1);
  assert.equal(quantities.given, 0);
});

test('a left hand that keeps hold of the package on the shelf has not put it there', async () => {
  const { terminated, quantities } = await holdBefore('release', world, judge, { seed: 0, horizon: 75 });
  assert.equal(terminated, false);
  assert.deepEqual([quantities.given, quantities.on_shelf, quantities.in_left_hand], [1, 1, 1]);
});

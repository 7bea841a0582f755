import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  grmBackward,
  grmForward,
  grmProgress,
  outsideDeadZone,
  vlacProgress,
} from '../../../../src/reward/critics/http-vlm/accumulation.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const change = fc.double({ min: -1, max: 1, noNaN: true });
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test('VLAC: forward is a share of what is left, backward from the second half goes the same way back', () => {
  near(vlacProgress(0, 0.4), 0.4);
  near(vlacProgress(0.4, 0.5), 0.7);
  near(vlacProgress(0.4, -0.5), 0.2);
  near(vlacProgress(0.7, -0.25), 1 - 0.3 / 0.75);
  near(vlacProgress(1, -0.5), 0.98);
  near(vlacProgress(0.9, -0.95), 0.1);
  near(vlacProgress(0.9, -1), 0.1);
  near(vlacProgress(0.5, -1), 0);
});

test('GRM: a hop is a share of what is left, or of what was done', () => {
  near(grmProgress(0.5, 0.5), 0.75);
  near(grmProgress(0.5, -0.5), 0.25);
  assert.deepEqual(
    [grmForward(0.3), grmForward(-0.3), grmBackward(-0.3), grmBackward(0.3)],
    [0.3, 0, 0.7, 1],
  );
});

for (const [name, rule] of Object.entries({ vlacProgress, grmProgress })) {
  test(`${name}: progress stays in [0, 1] whatever is said, and goes where the change points`, () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 50 }), (changes) => {
        let progress = 0;
        for (const c of changes) {
          const next = rule(progress, c);
          assert.ok(next >= 0 && next <= 1, `${progress} ${c} ${next}`);
          if (c >= 0) assert.ok(next >= progress - 1e-12);
          // VLAC does not fall below 0.1 from the second half, which is above all values there.
          else assert.ok(next <= progress + 1e-12);
          progress = next;
        }
      }),
    );
  });

  test(`${name}: nothing said leaves progress as it is`, () => {
    fc.assert(fc.property(share, (progress) => near(rule(progress, 0), progress)));
  });
}

test('a dead zone takes trembling away and leaves the rest as it is', () => {
  assert.deepEqual(
    [0.01, -0.019, 0.02, -0.5].map((c) => outsideDeadZone(c, 0.02)),
    [0, 0, 0.02, -0.5],
  );
  assert.equal(outsideDeadZone(1e-9, 0), 1e-9);
});

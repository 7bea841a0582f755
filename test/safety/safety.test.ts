import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExecutedStep } from '../../src/interfaces/graft-messages.js';
import type { JointSpec } from '../../src/robot/profile.js';
import { holdCommand, Limit, limitCommand, type LimiterSettings } from '../../src/safety/limiter.js';
import { watch, type SafetyState } from '../../src/safety/watchdog.js';

const joint = (name: string, lower: number, upper: number, velocity: number): JointSpec => ({
  name,
  group: 'arm',
  lower,
  upper,
  velocity,
  effort: 1,
  home: lower,
});
const joints = [joint('a', -1, 1, 4), joint('b', 0, 0.35, 10), joint('c', -3.1, -0.2, 1)];
const settings: LimiterSettings = { joints, period: 0.05, max_residual: 0.2, velocity_scale: 0.5 };
const reach = joints.map(({ velocity }) => velocity * 0.5 * 0.05);
const previous = Float32Array.of(0, 0.1, -1);
const limit = (base: number[], commanded: number[], stale = false): { executed: number[]; flags: number } => {
  const command = { base: Float32Array.from(base), commanded: Float32Array.from(commanded), stale };
  const { executed, flags } = limitCommand(command, previous, settings);
  return { executed: Array.from(executed, (value) => Number(value.toFixed(5))), flags };
};

/** Float32 rounding of values up to a few rad. */
const rounding = 1e-6;

const anyNumber = fc.oneof(
  fc.double({ min: -4, max: 4, noNaN: true }),
  fc.constantFrom(NaN, Infinity, -Infinity, 1e30, -1e30, 3.4e38, 0),
);
const anyVector = fc.oneof(
  { weight: 4, arbitrary: fc.array(anyNumber, { minLength: 3, maxLength: 3 }) },
  {
    weight: 4,
    arbitrary: fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 3, maxLength: 3 }),
  },
  { weight: 1, arbitrary: fc.array(anyNumber, { maxLength: 5 }) },
);
const insideLimits = fc.tuple(
  ...joints.map(({ lower, upper }) => fc.double({ min: lower, max: upper, noNaN: true })),
);

test('whatever is asked for, what is executed is finite, inside limits and within reach, and flags say what acted', () => {
  const usable = (values: number[]): boolean =>
    values.length === 3 && values.every((v) => Number.isFinite(Math.fround(v)));
  fc.assert(
    fc.property(anyVector, anyVector, fc.boolean(), insideLimits, (base, commanded, stale, from) => {
      const start = Float32Array.from(from);
      const command = { base: Float32Array.from(base), commanded: Float32Array.from(commanded), stale };
      const { executed, flags } = limitCommand(command, start, settings);
      assert.equal(executed.length, 3);
      executed.forEach((value, i) => {
        assert.ok(Number.isFinite(value));
        assert.ok(value >= joints[i].lower - rounding && value <= joints[i].upper + rounding, 'position');
        assert.ok(Math.abs(value - start[i]) <= reach[i] + rounding, 'velocity');
        const limited = (flags & (Limit.velocity | Limit.position | Limit.hold)) !== 0;
        if (!limited) assert.ok(Math.abs(value - base[i]) <= 0.2 + rounding, 'residual');
      });
      assert.equal((flags & Limit.stale) !== 0, stale);
      assert.equal((flags & Limit.nonFinite) !== 0, !stale && !(usable(base) && usable(commanded)));
      assert.equal((flags & Limit.hold) !== 0, stale || !usable(base));
      if (flags === 0)
        executed.forEach((value, i) => assert.ok(Math.abs(value - commanded[i]) <= 2 * rounding));
    }),
    { seed: 2, numRuns: 2000 },
  );
});

test('a joint outside its limits is brought back inside at once and stays there', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 3, maxLength: 3 }),
      anyVector,
      (from, base) => {
        const command = { base: Float32Array.from(base), commanded: Float32Array.from(base), stale: false };
        const start = Float32Array.from(from);
        for (const { executed } of [limitCommand(command, start, settings), holdCommand(start, joints)])
          executed.forEach((value, i) =>
            assert.ok(value >= joints[i].lower - rounding && value <= joints[i].upper + rounding),
          );
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});

test('each limit acts as its flag says', () => {
  assert.deepEqual(limit([0, 0.1, -1], [0.05, 0.2, -1]), { executed: [0.05, 0.2, -1], flags: 0 });
  assert.deepEqual(limit([-0.15, 0.1, -1], [0.09, 0.1, -1]), {
    executed: [0.05, 0.1, -1],
    flags: Limit.residual,
  });
  assert.deepEqual(limit([0.5, 0.1, -1], [0.5, 0.1, -1]), {
    executed: [0.1, 0.1, -1],
    flags: Limit.velocity,
  });
  assert.deepEqual(limit([0, -0.1, -1], [0, -0.1, -1]), { executed: [0, 0, -1], flags: Limit.position });
  assert.deepEqual(
    limit([0.5, -0.1, -1], [0.9, -0.1, -1]).flags,
    Limit.residual | Limit.velocity | Limit.position,
  );
});

test('a residual that is not finite gives the base action; a base that is not, or stale input, a hold', () => {
  assert.deepEqual(limit([0.05, 0.1, -1], [NaN, 0.2, -1]), {
    executed: [0.05, 0.1, -1],
    flags: Limit.nonFinite,
  });
  assert.deepEqual(limit([0.05, 0.1, -1], [0.05]), { executed: [0.05, 0.1, -1], flags: Limit.nonFinite });
  const held = { executed: [0, 0.1, -1], flags: Limit.nonFinite | Limit.hold };
  assert.deepEqual(limit([NaN, 0.1, -1], [0.05, 0.1, -1]), held);
  assert.deepEqual(limit([], [0.05, 0.1, -1]), held);
  assert.deepEqual(limit([0.05, 0.2, -1], [0.05, 0.2, -1], true), {
    ...held,
    flags: Limit.stale | Limit.hold,
  });
});

test('the flags are those of graft_msgs/ExecutedStep', () => {
  const { position, velocity, residual, nonFinite, stale, hold } = Limit;
  const { LIMIT_POSITION, LIMIT_VELOCITY, LIMIT_RESIDUAL, LIMIT_NON_FINITE, LIMIT_STALE, LIMIT_HOLD } =
    ExecutedStep;
  assert.deepEqual(
    [position, velocity, residual, nonFinite, stale, hold],
    [LIMIT_POSITION, LIMIT_VELOCITY, LIMIT_RESIDUAL, LIMIT_NON_FINITE, LIMIT_STALE, LIMIT_HOLD],
  );
});

test('the watchdog holds without actions, stops without sensors, and a stop stays', () => {
  const bounds = { max_age: 0.2, hold_after: 0.1 };
  const after = (previous: SafetyState, sensors: number, action: number): SafetyState =>
    watch(previous, { sensors, action }, bounds);
  assert.equal(after('run', 0.01, 0.01), 'run');
  assert.equal(after('run', 0.2, 0.1), 'run', 'bounds are included');
  assert.equal(after('run', 0.01, 0.11), 'hold');
  assert.equal(after('hold', 0.01, 0.01), 'run');
  assert.equal(after('hold', Infinity, 0.01), 'stop');
  assert.equal(after('run', 0.21, 0.01), 'stop');
  assert.equal(after('stop', 0.01, 0.01), 'stop', 'only a new episode leaves a stop');
  assert.equal(after('run', 0, Infinity), 'hold');
});

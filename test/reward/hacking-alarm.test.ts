import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, type Random } from '../../src/engine/index.js';
import {
  HackingAlarm,
  type AlarmSettings,
  type AuditedEpisode,
  type WindowComparison,
} from '../../src/reward/hacking-alarm.js';

type Stream = (random: Random, i: number) => AuditedEpisode;
const episodes = 1000;

/** Share of 1000 seeds, each a stream of 1000 episodes, in which the alarm goes off. */
function alarmed(stream: Stream, settings: Partial<AlarmSettings> = {}): number {
  let count = 0;
  for (let seed = 0; seed < 1000; seed++) {
    const random = createRandom(seed);
    const alarm = new HackingAlarm(settings);
    let rang = false;
    for (let i = 0; i < episodes; i++) rang = (alarm.add(stream(random, i))?.alarm ?? false) || rang;
    if (rang) count++;
  }
  return count / 1000;
}

test('under noise it goes off in less than 1 of 200 runs of 1000 episodes', () => {
  const streams: readonly Stream[] = [
    (random) => ({ paid: random.normal(), success: random.uniform() < 0.5 }),
    // Successes are paid more than failures, and are rare.
    (random) => {
      const success = random.uniform() < 0.05;
      return { paid: (success ? 0.7 : 0) + 0.2 * random.normal(), success };
    },
    // Most episodes are paid nothing.
    (random) => ({ paid: random.uniform() < 0.1 ? 1 : 0, success: random.uniform() < 0.5 }),
  ];
  for (const stream of streams) {
    const share = alarmed(stream);
    assert.ok(share < 0.005, `${share}`);
  }
});

test('when the paid return rises by two standard deviations without success it goes off in 9 of 10 runs', () => {
  const drifts: readonly Stream[] = [
    (random, i) => ({ paid: random.normal() + (2 * i) / episodes, success: random.uniform() < 0.5 }),
    (random, i) => ({ paid: random.normal() + (i < 500 ? 0 : 2), success: random.uniform() < 0.5 }),
    (random, i) => ({
      paid: random.normal() + (i < 500 ? 0 : 2),
      success: random.uniform() < (i < 500 ? 0.5 : 0.3),
    }),
  ];
  for (const drift of drifts) {
    const share = alarmed(drift);
    assert.ok(share > 0.9, `${share}`);
  }
});

test('it stays silent while success rises with what is paid for it', () => {
  const healthy: Stream = (random, i) => {
    const success = random.uniform() < 0.1 + (0.8 * i) / episodes;
    return { paid: (success ? 0.7 : 0) + 0.2 * random.normal(), success };
  };
  assert.ok(alarmed(healthy) < 0.005);
});

/** Windows of two episodes, each of which is said twice. */
function comparisons(
  windows: readonly (readonly [paid: number, success: boolean])[],
  settings: Partial<AlarmSettings> = {},
): (WindowComparison | undefined)[] {
  const alarm = new HackingAlarm({ window: 2, patience: 1, ...settings });
  return windows.map(([paid, success]) => {
    assert.equal(alarm.add({ paid, success }), undefined, 'within a window there is nothing to say');
    return alarm.add({ paid, success });
  });
}

test('returns that do not vary at all are compared as well, and rounding is no change', () => {
  const [first, same, risen] = comparisons([
    [0.1, false],
    [0.1 + 1e-12, false],
    [0.2, false],
  ]);
  assert.equal(first, undefined);
  assert.deepEqual([same?.alarm, risen?.alarm], [false, true]);
  assert.deepEqual([risen?.paid_before, risen?.paid_now, risen?.success_change], [0.1, 0.2, 0]);
});

test('patience asks for windows in a row, and a clear rise of success makes the new normal', () => {
  const alarms = comparisons(
    [
      [0, false],
      [1, false],
      [0, false],
      [1, false],
      [1, false],
      [1, true],
      [1, true],
      [0.5, true],
      [0.9, true],
      [0.9, true],
    ],
    { patience: 2 },
  ).map((comparison) => comparison?.alarm);
  assert.deepEqual(alarms, [undefined, false, false, false, true, false, false, false, false, true]);
});

test('a return that is not finite is refused', () => {
  assert.throws(() => new HackingAlarm().add({ paid: NaN, success: true }), /not finite/);
});

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { createRandom } from '../../../../src/engine/index.js';
import { createCritics } from '../../../../src/reward/create-critics.js';
import { judgeAll, type Critic } from '../../../../src/reward/critic.js';
import { spearman } from '../../../../src/reward/evaluation/correlation.js';
import { prefix, type Judgement } from '../../../../src/reward/judgement.js';
import { loadReward } from '../../../../src/reward/reward-file.js';
import { findTask } from '../../../../src/sim/task.js';
import { scratchFolder } from '../../../config/scratch-folder.js';
import { asRecorded, observedAt, recordEpisodes, type MadeUpEpisode } from '../../clip-bag.js';

const task = findTask('lift_pixels');
const random = createRandom(11);
const disposals: (() => void)[] = [];
const folder = scratchFolder({ after: (dispose) => void disposals.push(dispose as () => void) });

/** An episode that takes a path from 0 (start) to 1 (done); `strange` is far from what any demonstration does. */
function episode(id: string, path: readonly number[], success: boolean, strange = 0): MadeUpEpisode {
  const observed = path.map((u) => {
    const numbers = [u, u * u, Math.sin(3 * u), strange].map((value) => value + 0.01 * random.normal());
    return observedAt(task, numbers, u);
  });
  return { id, observed, success };
}

const steps = (count: number, to = 1): number[] =>
  Array.from({ length: count }, (_, i) => (to * i) / (count - 1));
const halfway = (id: string): MadeUpEpisode =>
  episode(id, [...steps(8, 0.5), ...new Array<number>(16).fill(0.5)], false);

before(async () => {
  await recordEpisodes(join(folder, 'demos'), task, [
    ...[14, 16, 18, 20].map((count, i) => episode(`demo${i}`, steps(count), true)),
    halfway('failed-demo'),
  ]);
  await recordEpisodes(join(folder, 'failures'), task, [halfway('failed')]);
  await recordEpisodes(join(folder, 'one'), task, [episode('only', steps(10), true)]);
  await recordEpisodes(
    join(folder, 'other'),
    task,
    [episode('foreign', steps(10), true)],
    'pick_place_pixels',
  );
  mkdirSync(join(folder, 'empty'));
});
after(() => disposals.forEach((dispose) => dispose()));

async function critic(settings: Record<string, unknown>): Promise<Critic> {
  const file = join(folder, 'reward.yaml');
  const match = { kind: 'reference_match', features: { kind: 'state' }, reference: 'demos', ...settings };
  writeFileSync(file, stringify({ task: 'lift_pixels', critics: { match } }));
  const [made] = await createCritics(loadReward(file));
  return made;
}

async function judged(made: Critic, of: MadeUpEpisode): Promise<readonly Judgement[]> {
  const { clip, ended } = asRecorded(of);
  return judgeAll(made, clip, ended);
}

const progress = (judgements: readonly Judgement[]): number[] =>
  judgements.map((each) => each.progress ?? NaN);

/** Spearman's correlation with time. */
const order = (values: readonly number[]): number => spearman(values, [...values.keys()]) ?? 0;

for (const features of [{ kind: 'state' }, { kind: 'pixels', size: 8 }])
  for (const method of ['segment', 'nearest'])
    test(`${method} on ${features.kind}: progress follows a success forward and backward, and no failure is a success`, async () => {
      const made = await critic({ method, features });
      const success = await judged(made, episode('new', steps(17), true));
      assert.ok(order(progress(success)) > 0.95);
      assert.ok(progress(success)[0] < 0.1 && progress(success)[16] > 0.9);
      assert.ok(success[16].done! > 0.5 && success[5].done! < 0.1);
      assert.ok(success[8].uncertainty! < 0.2);
      const reversed = await judged(made, episode('reversed', steps(17).reverse(), false));
      assert.ok(order(progress(reversed)) < -0.95);
      const failure = await judged(made, halfway('half'));
      assert.ok(Math.max(...progress(failure)) < 0.65, 'its own best moment is not 1');
      assert.ok(Math.abs(progress(failure)[23] - 0.5) < 0.15);
      assert.ok(failure.every(({ done }) => done! < 0.1));
      await made.dispose();
    });

test('what looks like no demonstration has not come far, and the critic says that it does not know', async () => {
  const made = await critic({});
  const strange = await judged(made, episode('strange', steps(17), false, 20));
  assert.ok(Math.max(...progress(strange)) < 0.05);
  strange.forEach(({ uncertainty, done }) => assert.ok(uncertainty! > 0.95 && done! < 0.01));
});

test('a judgement does not depend on what comes after it, nor on when it was asked for', async () => {
  const [made, again] = [await critic({}), await critic({})];
  const { clip } = asRecorded(episode('new', steps(17), true));
  const early = await judgeAll(again, prefix(clip, 8), asRecorded(halfway('x')).ended);
  const all = await judgeAll(made, clip, asRecorded(halfway('x')).ended);
  assert.equal(made.sees, 'prefix');
  assert.deepEqual(early[8], all[8]);
  assert.equal(made.version, again.version);
});

test('a clip that stands still makes no progress, and one that loses what it had goes back', async () => {
  const made = await critic({});
  const still = progress(
    await judged(made, {
      ...episode('s', [0.4], false),
      observed: new Array(20).fill(observedAt(task, [0.4, 0.16, Math.sin(1.2), 0], 0.4)) as never,
    }),
  );
  assert.ok(Math.max(...still) - Math.min(...still) < 0.05);
  const lost = progress(
    await judged(made, episode('l', [...steps(12, 0.8), ...steps(6, 0.8).reverse(), 0, 0, 0, 0], false)),
  );
  assert.ok(lost[11] > 0.7 && lost[21] < 0.1);
});

test('steps that were dropped do not stop the match', async () => {
  const made = await critic({});
  const { clip, ended } = asRecorded(episode('new', steps(17), true));
  const every4th = { ...clip, moments: clip.moments.filter(({ step }) => step % 4 === 0) };
  const found = progress(await judgeAll(made, every4th, ended));
  found.forEach((value, i) => assert.ok(Math.abs(value - i / 4) < 0.12, `${i}: ${value}`));
});

test('optimal transport sees the whole episode, and its failures do not reach 1 either', async () => {
  const made = await critic({ method: 'optimal_transport' });
  assert.equal(made.sees, 'episode');
  const success = await judged(made, episode('new', steps(17), true));
  assert.ok(order(progress(success)) > 0.95 && progress(success)[16] > 0.85);
  const strange = await judged(made, episode('strange', steps(17), false, 20));
  assert.ok(Math.max(...progress(strange)) < 0.3);
  const paid = (of: readonly Judgement[]): number =>
    of.reduce((sum, { components }) => sum + components.transport_reward, 0) / of.length;
  assert.ok(paid(success) > paid(strange) && paid(success) <= 5);
  const half = await judged(made, halfway('half'));
  assert.ok(progress(half)[23] < 0.8, 'although its mass has to arrive at the end of a demonstration');
  assert.ok(half.every(({ done }) => done! < 0.1));
});

test("a failure is scored against the run's own successes, at its end, and never above one", async () => {
  const made = await critic({ against: 'own_successes', reference: undefined });
  const versions = new Set([made.version]);
  const last = async (of: MadeUpEpisode): Promise<Judgement> => {
    const all = await judged(made, of);
    assert.ok(all.slice(0, -1).every(({ progress: each }) => each === undefined));
    versions.add(made.version);
    return all.at(-1)!;
  };
  const early = await last(halfway('f0'));
  assert.deepEqual([early.progress, early.done], [undefined, 0]);
  assert.match(early.reason, /no episode has succeeded yet/);
  assert.deepEqual([(await last(episode('s0', steps(17), true))).progress], [1]);
  await last(episode('s1', steps(15), true));
  const far = (await last(episode('f1', new Array<number>(17).fill(0), false, 0.5))).progress!;
  const near = (await last(episode('f2', steps(17, 0.9), false))).progress!;
  assert.ok(near > 0.5 && near <= 0.6 && far < 0.3, `${near}, ${far}`);
  assert.equal(versions.size, 6, 'the version tells what the memory held');
});

test('own successes can begin with those of a bag', async () => {
  const made = await critic({ against: 'own_successes' });
  const [score] = (await judged(made, episode('f', steps(17, 0.9), false))).slice(-1);
  assert.ok(score.progress! > 0.29 && score.progress! < 0.31, 'one failure alone is the mean failure');
});

test('settings and content make the version', async () => {
  const versions = await Promise.all(
    [{}, { window: 5 }, { demonstrations: 3 }, { features: { kind: 'pixels' } }].map(
      async (each) => (await critic(each)).version,
    ),
  );
  assert.equal(new Set(versions).size, 4);
  versions.forEach((version) => assert.match(version, /^[0-9a-f]{16}$/));
});

test('a reference that cannot be one is refused with file and key', async () => {
  const refuses = (settings: Record<string, unknown>, message: RegExp): Promise<void> =>
    assert.rejects(critic(settings), message);
  await refuses({ reference: undefined }, /reward\.yaml: critics\.match\.reference: is missing/);
  await refuses({ reference: 'empty' }, /empty: holds no bag/);
  await refuses(
    { reference: 'failures' },
    /critics\.match\.reference: .*failures holds no successful episode/,
  );
  await refuses({ reference: ['one'] }, /critics\.match\.reference: holds one successful episode/);
  await refuses(
    { reference: 'other' },
    /task: is lift_pixels, episode foreign in .*other is of pick_place_pixels/,
  );
  await refuses(
    { features: { kind: 'image' } },
    /critics\.match\.features\.kind: unknown kind of features image/,
  );
  await refuses({ window: 0 }, /critics\.match\.window: must be >= 1/);
  await refuses({ methode: 'segment' }, /critics\.match\.methode: unknown key; did you mean method/);
});

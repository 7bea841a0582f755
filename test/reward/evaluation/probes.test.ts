import { test } from 'node:test';
import assert from 'node:assert/strict';
import { lookAhead } from '../../../src/reward/evaluation/look-ahead.js';
import { byOutcome } from '../../../src/reward/evaluation/measures.js';
import { flippedLabels } from '../../../src/reward/evaluation/probes/flipped-labels.js';
import { probeCount, runProbes } from '../../../src/reward/evaluation/probes/all-probes.js';
import {
  verdictOf,
  type Bench,
  type Check,
  type ProbeResult,
  type Sample,
} from '../../../src/reward/evaluation/probes/probe.js';
import { judgeAll, type Critic } from '../../../src/reward/critic.js';
import type { Clip, Ended } from '../../../src/reward/judgement.js';
import { says } from '../clips.js';
import {
  bright,
  brightness,
  clipOf,
  clock,
  failing,
  failure,
  minMax,
  ofEpisode,
  ofMoment,
  perfect,
  rising,
  smallImage,
  success,
  track,
} from './synthetic.js';

const steps = 25;
const recorded: readonly (readonly [Clip, Ended])[] = [
  [clipOf('won', rising(steps)), success],
  [clipOf('won slowly', rising(steps + 9)), success],
  [clipOf('lost', failing(steps)), failure],
];

/** The results of all probes of a critic by their names. */
async function probed(critic: Critic, changes: Partial<Bench> = {}): Promise<Record<string, ProbeResult>> {
  const samples: Sample[] = [];
  for (const [clip, ended] of recorded)
    samples.push({ clip, ended, judgements: await judgeAll(critic, clip, ended) });
  const bench = {
    ...{ critic, misled: 'the critic does not read', images: [smallImage] },
    ...{ successes: samples.slice(0, 2), failures: samples.slice(2), tolerance_steps: 5, near_miss_steps: 6 },
    ...changes,
  };
  const tracks = samples.map(({ judgements, ended }) =>
    track({
      progress: judgements.map((j) => j.progress),
      done: judgements.map((j) => j.done),
      outcome: ended.outcome,
    }),
  );
  const results = await runProbes(bench, byOutcome(tracks));
  assert.equal(results.length, probeCount);
  return Object.fromEntries(results.map((result) => [result.name, result]));
}

const failed = (results: Record<string, ProbeResult>): string[] =>
  Object.values(results)
    .filter(({ verdict }) => verdict === 'fail')
    .map(({ name }) => name);

const value = (result: ProbeResult | undefined, check: Check['name']): number | null | undefined =>
  result?.checks.find(({ name }) => name === check)?.value;

test('a critic that knows the state is fooled by nothing, and is paid what the task is worth', async () => {
  const results = await probed(perfect());
  assert.deepEqual(failed(results), []);
  assert.equal(results.wrong_instruction?.verdict, 'skipped');
  assert.match(results.wrong_instruction?.note ?? '', /does not read/);
  assert.equal(value(results.frozen, 'drift'), 0);
  assert.equal(value(results.loops, 'spread'), 0);
  assert.equal(results.hover?.difference, 0);
  assert.ok((results.hover?.potential ?? 0) < 0, 'a potential makes waiting at the goal cost something');
  assert.ok((value(results.flipped_labels, 'gap') ?? 0) > 0.1);
});

test('a critic that takes brightness for progress is fooled by light', async () => {
  const results = await probed(bright());
  assert.ok(failed(results).includes('light'), failed(results).join());
  assert.ok((value(results.light, 'shift') ?? 0) > 0.1);
  for (const honest of ['frozen', 'loops', 'hover', 'black_camera'])
    assert.equal(results[honest]?.verdict, 'pass', honest);
});

test('a critic that believes what is written is fooled by text', async () => {
  const gullible = ofMoment('gullible', ({ observed: { state, images } }) => {
    const believes = images[0].some((value) => value > 230);
    return says(believes ? 1 : state[0], { done: believes ? 1 : 0 });
  });
  const results = await probed(gullible);
  assert.equal(results.text?.verdict, 'fail');
  assert.equal(value(results.text, 'wrong_done'), 1);
  assert.ok((value(results.text, 'shift') ?? 0) > 0.4);
});

test('a critic that counts time is paid for standing still, for loops and for waiting', async () => {
  // Slower than the clips, so that there is something left to gain at their end.
  const results = await probed(clock(2 * steps));
  for (const trick of ['frozen', 'loops', 'hover']) assert.ok(failed(results).includes(trick), trick);
  assert.ok((value(results.frozen, 'drift') ?? 0) > 0.4);
});

test('a critic that sums up motion is paid for every loop', async () => {
  const moved: Critic = {
    ...perfect('moved'),
    sees: 'prefix',
    judge: ({ moments }) => {
      const states = moments.map(({ observed }) => observed.state[0]);
      const way = states.slice(1).reduce((sum, state, i) => sum + Math.abs(state - states[i]), 0);
      return Promise.resolve(says(Math.min(1, way / 4)));
    },
  };
  const { loops, frozen } = await probed(moved);
  assert.equal(loops?.verdict, 'fail');
  assert.equal(frozen?.verdict, 'pass');
});

test('a critic that calls a near miss done fails that probe and no other of standing still', async () => {
  const hasty = ofMoment('hasty', ({ observed }) =>
    says(observed.state[0], { done: observed.state[0] > 0.7 ? 0.9 : 0 }),
  );
  const results = await probed(hasty);
  assert.deepEqual(failed(results), ['near_miss']);
  assert.equal(value(results.near_miss, 'wrong_done'), 1);
});

test('a critic that believes a covered or black camera is found out by what it is paid on top', async () => {
  const trusting = ofMoment('trusting', (moment) => says(1 - brightness(moment), { done: 0 }));
  const { black_camera, occlusion } = await probed(
    // Dark means done: as soon as nothing is seen.
    {
      ...trusting,
      done_threshold: 0.5,
      judge: ({ moments }: Clip) => {
        const dark = brightness(moments[moments.length - 1]) < 0.01;
        return Promise.resolve(says(dark ? Math.min(1, moments.length / 10) : 0.2, { done: dark ? 1 : 0 }));
      },
    } as Critic,
  );
  assert.equal(black_camera?.verdict, 'fail');
  assert.ok((value(black_camera, 'excess') ?? 0) > 0.5);
  assert.ok((value(black_camera, 'wrong_done') ?? 0) > 0);
  assert.equal(occlusion?.verdict, 'pass');
});

test('the instruction is probed with the misled critic: it must see little progress', async () => {
  const listens = await probed(perfect(), { misled: ofMoment('misled', () => says(0.02, { done: 0 })) });
  assert.equal(listens.wrong_instruction?.verdict, 'pass');
  const deaf = await probed(perfect(), { misled: perfect('deaf') });
  assert.equal(deaf.wrong_instruction?.verdict, 'fail');
  assert.equal(value(deaf.wrong_instruction, 'progress'), 1);
  assert.equal(value(deaf.wrong_instruction, 'wrong_done'), 1);
});

test('a detector that says the same of success and failure pays nothing through flipped labels', () => {
  const tracks = (done: number) => [track({ progress: [0.5, 0.5], done: [0, done] })];
  const blind = flippedLabels({ successes: tracks(1), failures: tracks(1) }, 0.5);
  assert.equal(blind.verdict, 'fail');
  const sure = flippedLabels({ successes: tracks(1), failures: tracks(0) }, 0.5);
  // 0.6 - 0.4 in expectation.
  assert.ok(Math.abs((sure.checks[0]?.value ?? 0) - 0.2) < 0.15);
  assert.equal(flippedLabels({ successes: tracks(1), failures: [] }, 0.5).verdict, 'skipped');
});

test('without images or clips a probe is skipped and says why', async () => {
  const blind = await probed(perfect(), { images: [] });
  assert.equal(blind.light?.note, 'the task observes no images');
  assert.equal(blind.frozen?.verdict, 'pass');
  const nobody = await probed(perfect(), { successes: [], failures: [] });
  assert.equal(nobody.frozen?.note, 'there is no clip to change');
  const wordless = await probed(ofMoment('wordless', () => says(undefined)));
  assert.equal(wordless.near_miss?.verdict, 'skipped');
});

test('a critic that breaks in a probe leaves that probe out, with its reason', async () => {
  const fragile = ofMoment('fragile', (moment) => {
    if (moment.observed.images[0][0] === 0) throw new Error('image is black');
    return says(moment.observed.state[0], { done: 0 });
  });
  const { black_camera, frozen } = await probed(fragile);
  assert.match(black_camera?.note ?? '', /could not judge: image is black/);
  assert.equal(frozen?.verdict, 'pass');
});

test('an aborted evaluation stops between two clips', async () => {
  const controller = new AbortController();
  const stops = ofMoment('stops', ({ observed }) => says(observed.state[0]));
  const running = probed(stops, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(running, /enough/);
});

test('a check that has no value breaks no limit, but one must have', () => {
  const check: Check = { name: 'drift', value: null, limit: 0.05, bound: 'most' };
  assert.equal(verdictOf([check]), 'skipped');
  assert.equal(verdictOf([check, { ...check, value: 0.05 }]), 'pass');
  assert.equal(verdictOf([check, { ...check, value: 0.051 }]), 'fail');
  assert.equal(verdictOf([{ ...check, value: 0.04, bound: 'least' }]), 'fail');
});

test('looking ahead shows in judgements that change when the future is removed', async () => {
  const clips = recorded.map(([clip, ended]) => ({ clip, ended }));
  assert.equal(await lookAhead(perfect(), clips), 0);
  const honest = ofEpisode('honest', ({ moments }) => moments.map(({ observed }) => says(observed.state[0])));
  assert.equal(await lookAhead(honest, clips), 0);
  assert.ok(((await lookAhead(minMax(), clips)) ?? 0) > 0.1);
  const told = ofEpisode('told', ({ moments }, { outcome }) =>
    moments.map(() => says(outcome === 'success' ? 1 : 0)),
  );
  assert.ok(((await lookAhead(told, clips)) ?? 0) > 0.5, 'the outcome is future, too');
  const silent = ofEpisode('silent', ({ moments }) => moments.map(() => says(undefined)));
  assert.equal(await lookAhead(silent, clips), undefined);
});

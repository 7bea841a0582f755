import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateReward, type EvaluationOptions } from '../../../src/reward/evaluation/evaluate-reward.js';
import { evaluationJson } from '../../../src/reward/evaluation/evaluation-json.js';
import { measureMeanings } from '../../../src/reward/evaluation/measures.js';
import type { Critic } from '../../../src/reward/critic.js';
import { loadReward, type RewardFile } from '../../../src/reward/reward-file.js';
import { scratchFolder } from '../../config/scratch-folder.js';
import { says } from '../clips.js';
import {
  clock,
  failing,
  minMax,
  ofEpisode,
  ofMoment,
  perfect,
  rising,
  writeBag,
  type SyntheticEpisode,
} from './synthetic.js';

const steps = 16;
const episodes: readonly SyntheticEpisode[] = [
  { progress: rising(steps), outcome: 'success' },
  { progress: failing(steps), outcome: 'failure' },
  { progress: rising(steps + 3), outcome: 'success' },
  { progress: failing(steps + 5, 0.9), outcome: 'failure' },
  { progress: rising(steps).map((value) => 0.7 * value), outcome: 'failure' },
];

/** A reward file for a task whose critics are made by name, and a folder with a bag of the task. */
async function setUp(
  t: TestContext,
  {
    task = 'lift',
    recorded = episodes,
    ...bag
  }: { task?: string; recorded?: readonly SyntheticEpisode[] } & Parameters<typeof writeBag>[3] = {},
): Promise<{ reward: RewardFile; bags: string }> {
  const folder = scratchFolder(t);
  const file = join(folder, 'reward.yaml');
  writeFileSync(file, `task: ${task}\ncritics: { success: { kind: success_expression } }\n`);
  const reward = loadReward(file);
  const bags = join(folder, 'bags');
  mkdirSync(bags);
  await writeBag(join(bags, 'one'), reward.task, recorded, bag);
  return { reward, bags };
}

/** Evaluates critics that are made here instead of by kind. */
function evaluateWith(
  critics: readonly Critic[],
  { reward, bags }: { reward: RewardFile; bags: string },
  options: EvaluationOptions = {},
): ReturnType<typeof evaluateReward> {
  const settings = Object.fromEntries(critics.map(({ name }) => [name, { kind: name }]));
  const create = (of: RewardFile): Promise<Critic[]> =>
    Promise.resolve(critics.filter(({ name }) => name in of.critics));
  return evaluateReward({ ...reward, critics: settings }, [bags], { create, ...options });
}

test('a critic that knows the state is perfect in every measure', async (t) => {
  const place = await setUp(t);
  const { critics, successes, failures } = await evaluateWith([perfect()], place);
  assert.deepEqual([successes, failures], [2, 3]);
  const { measures, probes, causal, look_ahead } = critics[0];
  for (const name of ['voc', 'voc_reversed', 'auroc', 'auprc', 'tpr', 'tnr', 'preference_accuracy'] as const)
    assert.equal(measures[name].value, 1, name);
  for (const name of ['negative_change', 'false_done', 'early_done', 'unknown', 'brier', 'ece'] as const)
    assert.equal(measures[name].value, 0, name);
  assert.ok((measures.true_progress_spearman.value ?? 0) > 0.9);
  assert.deepEqual([causal, look_ahead], [true, 0]);
  assert.deepEqual(
    probes.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name),
    [],
  );
});

test('stretching progress within the episode is found out: failures reach 1, and the future is needed', async (t) => {
  // Failures that are still at their best when time is up.
  const stuck = { progress: rising(steps).map((value) => 0.4 * value), outcome: 'failure' } as const;
  const place = await setUp(t, { recorded: [episodes[0], episodes[2], stuck, stuck] });
  const { critics } = await evaluateWith([minMax(), perfect()], place);
  const [stretched, honest] = critics;
  assert.equal(stretched.measures.voc.value, 1, 'value order alone is blind to it');
  assert.equal(stretched.measures.preference_accuracy.value, 0.5);
  assert.equal(stretched.measures.auroc.value, 0.5);
  assert.equal(stretched.measures.failure_highest.value, 1);
  assert.equal(stretched.causal, false);
  assert.ok((stretched.look_ahead ?? 0) > 0.1);
  assert.equal(honest.measures.preference_accuracy.value, 1);
});

test('counting time is found out when episodes are shown backwards, and peeking at the outcome by its removal', async (t) => {
  const place = await setUp(t);
  const peeking = ofEpisode('peeking', ({ moments }, { outcome }) =>
    moments.map((_, i) =>
      says(outcome === 'success' ? i / moments.length : 0, { done: outcome === 'success' ? 1 : 0 }),
    ),
  );
  const { critics } = await evaluateWith([clock(steps + 3), peeking], place);
  assert.equal(critics[0].measures.voc.value, 1);
  assert.equal(critics[0].measures.voc_reversed.value, -1);
  assert.equal(critics[1].measures.auroc.value, 1);
  assert.equal(critics[1].measures.early_done.value, 1);
  assert.equal(critics[1].measures.voc_reversed.value, 0, 'nobody tells it how the reversed episode ended');
  assert.ok((critics[1].look_ahead ?? 0) > 0.1);
});

test('a critic of the present is shown no moment before its time', async (t) => {
  const place = await setUp(t);
  const lengths: number[] = [];
  const watching: Critic = {
    ...perfect('watching'),
    sees: 'prefix',
    judge: ({ moments }) => {
      lengths.push(moments.length);
      return Promise.resolve(says(0));
    },
  };
  await evaluateWith([watching], place, { probe_clips: 0 });
  const forward = episodes.flatMap(({ progress, outcome }) => {
    const once = progress.map((_, i) => i + 1);
    return outcome === 'success' ? [...once, ...once] : once;
  });
  assert.deepEqual(lengths, forward);
});

test('images of a task come through to critics and probes', async (t) => {
  const recorded = [episodes[0], episodes[1]];
  const place = await setUp(t, { task: 'lift_pixels', recorded });
  const seen = new Set<number>();
  const looks = ofMoment('looks', ({ observed }) => {
    observed.images.forEach(({ length }) => seen.add(length));
    return says(observed.state[0], { done: observed.state[0] >= 1 ? 1 : 0 });
  });
  const { critics } = await evaluateWith([looks], place, { probe_clips: 1 });
  assert.deepEqual([...seen], [84 * 84 * 3]);
  const results = Object.fromEntries(critics[0].probes.map((probe) => [probe.name, probe.verdict]));
  for (const name of ['light', 'text', 'noise', 'occlusion', 'black_camera', 'wrong_episode'])
    assert.equal(results[name], 'pass', name);
});

test('the JSON has all figures of the main critic at the top, of all below, and null for what cannot be said', async (t) => {
  const place = await setUp(t, { recorded: [episodes[0], episodes[2]] });
  const { reward, bags } = place;
  const first = evaluationJson(await evaluateReward(reward, [bags]));
  assert.deepEqual([first.critic, first.voc !== null, first.auroc], ['success', true, null]);
  const both = await evaluateWith([perfect('success'), perfect('own')], place);
  const kinds = both.critics.map((critic, i) => ({
    ...critic,
    kind: i === 0 ? 'success_expression' : 'own',
  }));
  const json = JSON.parse(JSON.stringify(evaluationJson({ ...both, critics: kinds }))) as Record<
    string,
    unknown
  >;
  assert.equal(json.critic, 'own', 'success itself is no opinion');
  for (const name of [
    ...Object.keys(measureMeanings),
    'episodes',
    'successes',
    'failures',
    'probes',
    'n',
    'intervals',
  ])
    assert.ok(name in json, name);
  assert.deepEqual(
    [json.episodes, json.successes, json.failures, json.false_done, json.preference_accuracy],
    [2, 2, 0, null, null],
  );
  assert.deepEqual(Object.keys(json.critics as object), ['success', 'own']);
  const { frozen } = json.probes as Record<string, { verdict: string; checks: Record<string, unknown> }>;
  assert.deepEqual(frozen.checks.drift, { value: 0, at_most: 0.05 });
});

test('a critic that cannot judge breaks its episodes and not the evaluation', async (t) => {
  const place = await setUp(t);
  let asked = 0;
  const flaky: Critic = {
    ...perfect('flaky'),
    sees: 'prefix',
    judge: ({ episode_id, moments }) => {
      asked++;
      if (episode_id === 'synthetic-0') return Promise.reject(new Error('endpoint is down'));
      return Promise.resolve(says(moments[moments.length - 1].observed.state[0]));
    },
  };
  const short = ofEpisode('short', () => [says(1)]);
  const { critics } = await evaluateWith([flaky, short], place, { probe_clips: 0 });
  assert.ok(asked > 0);
  assert.deepEqual(critics[0].broken, { episodes: 1, reason: 'endpoint is down' });
  assert.equal(critics[0].measures.voc.value, 0.5, 'a broken episode counts 0');
  assert.equal(critics[1].broken.episodes, 5);
  assert.match(critics[1].broken.reason, /gave 1 judgements of 16 moments/);
  assert.equal(critics[1].measures.preference_accuracy.value, null);
});

test('critics are disposed of, also of those made to be misled, and also when something fails', async (t) => {
  const place = await setUp(t);
  let [made, gone] = [0, 0];
  const create = (of: RewardFile): Promise<Critic[]> => {
    made++;
    const dispose = (): Promise<void> => {
      gone++;
      return Promise.resolve();
    };
    return Promise.resolve([{ ...perfect('own'), version: of.instruction, dispose }]);
  };
  const reward = { ...place.reward, critics: { own: { kind: 'own' } } };
  const { critics } = await evaluateReward(reward, [place.bags], { create, probe_clips: 1 });
  assert.deepEqual([made, gone], [2, 2]);
  assert.equal(
    critics[0].probes.find(({ name }) => name === 'wrong_instruction')?.verdict,
    'fail',
    'another version must judge otherwise',
  );
  await assert.rejects(evaluateReward(reward, [join(place.bags, 'none')], { create }), /holds no bag/);
  assert.deepEqual([made, gone], [3, 3]);
});

test('a critic that learns from what it is shown does not seem to read for that', async (t) => {
  const place = await setUp(t);
  const create = (): Promise<Critic[]> => {
    let heard = 0;
    const learns = ofEpisode('learns', ({ moments }) => {
      heard++;
      return moments.map(({ observed }) => says(observed.state[0]));
    });
    return Promise.resolve([Object.defineProperty(learns, 'version', { get: () => `after ${heard}` })]);
  };
  const reward = { ...place.reward, critics: { learns: { kind: 'learns' } } };
  const { critics } = await evaluateReward(reward, [place.bags], { create, probe_clips: 1 });
  const probe = critics[0].probes.find(({ name }) => name === 'wrong_instruction');
  assert.equal(probe?.note, 'the critic does not read the instruction');
});

test('progress is told of episodes and probes, and a signal stops it', async (t) => {
  const place = await setUp(t);
  const told: string[] = [];
  await evaluateWith([perfect()], place, {
    probe_clips: 1,
    onProgress: ({ stage, done, total }) => void told.push(`${stage} ${done} of ${total}`),
  });
  assert.deepEqual(
    told.slice(0, 5),
    [1, 2, 3, 4, 5].map((n) => `episodes ${n} of 5`),
  );
  assert.match(told[5], /^probes 0 of 14$/);
  const controller = new AbortController();
  const stopping = evaluateWith([perfect()], place, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await assert.rejects(stopping, /enough/);
});

test('bags that do not fit are refused with what is wrong', async (t) => {
  const other = await setUp(t, { recordedTask: 'handover' });
  await assert.rejects(
    evaluateReward(other.reward, [other.bags]),
    /reward\.yaml: task: is lift, episode synthetic-0 in .* is of handover/,
  );
  const imageless = await setUp(t, { task: 'lift_pixels', images: [] });
  await assert.rejects(
    evaluateReward(imageless.reward, [imageless.bags]),
    /images\.0: is head, which episode synthetic-0 in .* does not send/,
  );
  const renamed = await setUp(t, { names: ['x', 'y'] });
  await assert.rejects(
    evaluateReward(renamed.reward, [renamed.bags]),
    /observation\.names\.0: .*synthetic-0/,
  );
  const empty = await setUp(t, { recorded: [] });
  await assert.rejects(evaluateReward(empty.reward, [empty.bags]), /bags: holds no episode/);
  const place = await setUp(t);
  await assert.rejects(
    evaluateReward(place.reward, [place.bags], { critic: 'sucess' }),
    /critics: has no critic sucess; did you mean success\?/,
  );
});

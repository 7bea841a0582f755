import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../../src/config/config-error.js';
import {
  defaultModel,
  trainModel,
  writeModel,
  type ModelSettings,
  type TrainedModel,
} from '../../../src/learning/progress/critic-model.js';
import type { CriticContext } from '../../../src/reward/create-critics.js';
import { judgeAll, type PrefixCritic } from '../../../src/reward/critic.js';
import { pairwise } from '../../../src/reward/critics/pairwise.js';
import { stageClassifier } from '../../../src/reward/critics/stage-classifier.js';
import { createFeatures } from '../../../src/reward/features/create-features.js';
import { prefix, type Clip, type Judgement } from '../../../src/reward/judgement.js';
import { drawnEpisode, drawnImage, drawnTask } from '../../reward/drawn-task.js';

const settings: ModelSettings = {
  ...defaultModel,
  ...{ iterations: 250, batch_size: 32, learning_rate: 3e-3, random_shift: 1 },
  ...{ points: 8, hidden: 32, embedding: 16, heads: 2, goals: 4 },
};
const episodes = [
  ...Array.from({ length: 20 }, (_, i) => drawnEpisode('shown', i)),
  ...Array.from({ length: 10 }, (_, i) => drawnEpisode('missed', 100 + i)),
  ...Array.from({ length: 10 }, (_, i) => drawnEpisode('short', 200 + i)),
];
const unseen = {
  shown: [1000, 1001, 1002, 1003].map((seed) => drawnEpisode('shown', seed)),
  failed: [1100, 1101, 1102, 1103].flatMap((seed) => [
    drawnEpisode('missed', seed),
    drawnEpisode('short', seed),
  ]),
};

const folder = mkdtempSync(join(tmpdir(), 'graft-critic-'));
const context: CriticContext = {
  ...{ file: join(folder, 'reward.yaml'), name: 'it', instruction: 'lift' },
  ...{ task: drawnTask(), images: [drawnImage], views: undefined },
};
let model: TrainedModel;
let critic: PrefixCritic;
let classifier: PrefixCritic;

before(async () => {
  model = await trainModel('pairwise', episodes, drawnTask(), settings);
  writeModel(join(folder, 'pairwise'), model);
  critic = await pairwise(context, { kind: 'pairwise', model: 'pairwise' });
  const task = { ...drawnTask(), stages: [{}, {}] };
  writeModel(join(folder, 'stages'), await trainModel('stages', episodes, task, settings));
  classifier = await stageClassifier(context, { kind: 'stage_classifier', model: 'stages' });
});

after(async () => {
  await critic.dispose();
  await classifier.dispose();
  rmSync(folder, { recursive: true });
});

test('progress of a success that was not trained on rises with time, and of a failure stays below', async () => {
  for (const { clip, ended } of unseen.shown) {
    const judged = await judgeAll(critic, clip, ended);
    const progress = judged.map(known);
    assert.ok(order(progress) > 0.9, `order ${order(progress)}`);
    assert.ok(progress[0] < 0.15 && progress[progress.length - 1] > 0.85, String(progress));
  }
  for (const { clip, ended, id } of unseen.failed) {
    const progress = (await judgeAll(critic, clip, ended)).map(known);
    assert.ok(Math.max(...progress) < 0.9, `${id}: ${String(progress)}`);
  }
});

test('done comes at the end of successes, and never in failures', async () => {
  for (const it of [critic, classifier]) {
    for (const { clip, ended } of unseen.shown) {
      const done = (await judgeAll(it, clip, ended)).map((judgement) => judgement.done ?? 0);
      assert.ok(done[done.length - 1] >= it.done_threshold, `${it.model}: ${String(done)}`);
      assert.ok(Math.max(...done.slice(0, -8)) < it.done_threshold, `${it.model}: ${String(done)}`);
    }
    for (const { clip, ended, id } of unseen.failed)
      for (const { done } of await judgeAll(it, clip, ended))
        assert.ok((done ?? 0) < it.done_threshold, `${it.model} ${id}: ${done}`);
  }
});

test('a moment is judged the same in a clip that was never longer as in one that went on', async () => {
  const { clip, ended } = drawnEpisode('shown', 1001);
  const again = drawnEpisode('shown', 1001).clip;
  const all = await judgeAll(critic, clip, ended);
  for (const at of [0, 5, 12]) assert.deepEqual(await critic.judge(prefix(again, at)), all[at]);
});

test('a clip played backwards loses the progress that it made', async () => {
  const { clip, ended } = unseen.shown[0];
  const last = clip.moments.length - 1;
  const moments = clip.moments.map((_, i) => ({ ...clip.moments[last - i], step: i, time: i * 0.08 }));
  const progress = (await judgeAll(critic, { episode_id: 'back', moments }, ended)).map(known);
  assert.ok(order(progress) < -0.8, `order ${order(progress)}`);
});

test('no progress is seen in a camera that froze, whatever the state does', async () => {
  const { clip, ended } = unseen.shown[1];
  const [first] = clip.moments;
  const moments = clip.moments.map((moment) => ({
    ...moment,
    observed: { ...moment.observed, images: first.observed.images },
  }));
  const judged = await judgeAll(critic, { episode_id: 'frozen', moments }, ended);
  for (const { progress = 1, done = 1 } of judged) {
    assert.ok(progress < 0.15, `progress ${progress}`);
    assert.ok(done < critic.done_threshold, `done ${done}`);
  }
});

test('a black picture is unknown, and moments before it are as they were', async () => {
  const { clip } = unseen.shown[2];
  const black = {
    ...clip.moments[10],
    observed: { ...clip.moments[10].observed, images: [new Uint8Array(32 * 32 * 3)] },
  };
  const moments = [...clip.moments.slice(0, 10), black, ...clip.moments.slice(11)];
  const dark: Clip = { episode_id: 'dark', moments };
  for (const it of [critic, classifier]) {
    const judgement = await it.judge(prefix(dark, 10));
    assert.equal(judgement.progress, undefined);
    assert.equal(judgement.done, undefined);
    assert.match(judgement.reason, /head shows nothing/);
  }
  const [seen, whole] = [await critic.judge(dark), await critic.judge(clip)];
  assert.ok(Math.abs(known(seen) - known(whole)) < 0.1);
});

test('the stage classifier tells the stages that task_state told in training', async () => {
  for (const { clip, ended } of unseen.shown) {
    const judged = await judgeAll(classifier, clip, ended);
    const right = judged.filter(({ components }, i) => {
      const { stage = 0 } = clip.moments[i].signs?.values ?? {};
      return components.stage === stage || (stage === 2 && components.stage === 3);
    });
    assert.ok(right.length >= 0.8 * judged.length, `${right.length} of ${judged.length}`);
    for (const { progress = -1, components } of judged) {
      assert.ok(
        progress >= components.stage / 3 - 0.34 && progress <= 1,
        `${progress} in ${components.stage}`,
      );
    }
  }
});

test('the same seed gives the same model, another seed another one', async () => {
  const short = { ...settings, iterations: 3 };
  const train = (seed: number): Promise<TrainedModel> =>
    trainModel('pairwise', episodes.slice(0, 6), drawnTask(), { ...short, seed });
  const [a, b, c] = [await train(1), await train(1), await train(2)];
  assert.deepEqual(a.manifest, b.manifest);
  assert.notDeepEqual(a.manifest.files, c.manifest.files);
});

test('the version is of model and settings, not of the folder', async () => {
  writeModel(join(folder, 'moved'), model);
  const moved = await pairwise(context, { kind: 'pairwise', model: 'moved' });
  const stricter = await pairwise(context, { kind: 'pairwise', model: 'moved', done_threshold: 0.99 });
  assert.match(critic.version, /^[0-9a-f]{16}$/);
  assert.equal(moved.version, critic.version);
  assert.notEqual(stricter.version, critic.version);
  assert.equal(stricter.done_threshold, 0.99);
  await moved.dispose();
  await stricter.dispose();
});

test('a model that does not fit is refused with the key that is wrong', async () => {
  const refuses = (change: Partial<CriticContext>, name: string, key: string): Promise<void> =>
    assert.rejects(
      pairwise({ ...context, ...change }, { kind: 'pairwise', model: name }),
      (error) => error instanceof ConfigError && error.key === key,
    );
  await refuses({ task: { ...drawnTask(), name: 'other' } }, 'pairwise', 'task');
  await refuses({ images: [{ ...drawnImage, width: 40 }] }, 'pairwise', 'images.0.width');
  await refuses({}, 'stages', 'kind');
  await refuses({}, 'nowhere', '');
  const changed = join(folder, 'changed');
  mkdirSync(changed);
  const bytes = readFileSync(join(folder, 'pairwise', 'frame.onnx'));
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(join(changed, 'manifest.yaml'), readFileSync(join(folder, 'pairwise', 'manifest.yaml')));
  writeFileSync(join(changed, 'frame.onnx'), bytes);
  await refuses({}, 'changed', 'files.frame.onnx');
});

test('features may stand for the images, as long as they are those of the training', async () => {
  const file = join(folder, 'features', 'manifest.yaml');
  const features = { kind: 'pixels', size: 12 };
  const place = { file, key: 'features.settings', task: drawnTask(), images: [drawnImage] };
  const spec = {
    ...drawnTask(),
    features: { settings: features, features: await createFeatures(place, features) },
  };
  writeModel(join(folder, 'features'), await trainModel('pairwise', episodes, spec, settings));
  const featured = await pairwise(context, { kind: 'pairwise', model: 'features' });
  for (const { clip, ended } of unseen.shown) {
    const progress = (await judgeAll(featured, clip, ended)).map(known);
    assert.ok(order(progress) > 0.85, `order ${order(progress)}`);
  }
  await featured.dispose();
  writeFileSync(file, readFileSync(file, 'utf8').replace('size: 12', 'size: 6'));
  await assert.rejects(
    pairwise(context, { kind: 'pairwise', model: 'features' }),
    (error) => error instanceof ConfigError && error.key === 'features',
  );
});

test('there is nothing to learn from failures alone', async () => {
  await assert.rejects(
    trainModel('pairwise', unseen.failed, drawnTask(), settings),
    /no successful demonstration/,
  );
});

function known({ progress }: Judgement): number {
  assert.notEqual(progress, undefined);
  return progress ?? NaN;
}

/** Spearman's correlation of values with their order; ties do not occur. */
function order(values: readonly number[]): number {
  const ranks = values.map((value) => values.filter((other) => other < value).length);
  const squares = ranks.reduce((sum, rank, i) => sum + (rank - i) ** 2, 0);
  return 1 - (6 * squares) / (values.length ** 3 - values.length);
}

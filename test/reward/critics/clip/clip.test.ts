import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { createRandom, exportOnnx, tf, type Program } from '../../../../src/engine/index.js';
import { createCritics } from '../../../../src/reward/create-critics.js';
import { judgeAll, type Critic } from '../../../../src/reward/critic.js';
import {
  goalBaselineSimilarity,
  meanDirection,
  unitVector,
} from '../../../../src/reward/critics/clip/similarity.js';
import { loadReward } from '../../../../src/reward/reward-file.js';
import { findTask } from '../../../../src/sim/task.js';
import { scratchFolder } from '../../../config/scratch-folder.js';
import { asRecorded, observedAt, recordEpisodes, type MadeUpEpisode } from '../../clip-bag.js';

const task = findTask('lift_pixels');
const random = createRandom(3);
const disposals: (() => void)[] = [];
const folder = scratchFolder({ after: (dispose) => void disposals.push(dispose as () => void) });
const size = 16;

/** An encoder whose embedding says how bright each pair of columns is. */
const encoder: Program = ({ pixels }) => ({
  embedding: tf.mean(tf.reshape(pixels, [1, 3 * size, size / 2, 2]), [1, 3]),
});

const path = (count: number): number[] => Array.from({ length: count }, (_, i) => i / (count - 1));
const episode = (id: string, places: readonly number[], success = true): MadeUpEpisode => ({
  ...{ id, success },
  observed: places.map((place) => observedAt(task, [], place)),
});

const texts = {
  'the square is at the left': Array.from({ length: 8 }, () => random.normal()),
  'the square is at the right': Array.from({ length: 8 }, () => random.normal()),
  nothing: new Array<number>(8).fill(0),
  'too short': [1, 2],
};

before(async () => {
  await recordEpisodes(join(folder, 'demos'), task, [episode('a', path(5)), episode('b', path(6))]);
  await recordEpisodes(join(folder, 'still'), task, [episode('c', [0.5, 0.5])]);
  writeFileSync(join(folder, 'encoder.onnx'), exportOnnx(encoder, { pixels: { shape: [1, 3, size, size] } }));
  writeFileSync(join(folder, 'texts.json'), JSON.stringify({ texts }));
});
after(() => disposals.forEach((dispose) => dispose()));

async function critic(settings: Record<string, unknown>): Promise<Critic> {
  const file = join(folder, 'reward.yaml');
  const seen = { kind: 'clip', image: { file: 'encoder.onnx' }, ...settings };
  writeFileSync(file, stringify({ task: 'lift_pixels', critics: { seen } }));
  const [made] = await createCritics(loadReward(file));
  return made;
}

const byText = {
  texts: 'texts.json',
  goal: 'the square is at the right',
  baseline: 'the square is at the left',
  range: [-1, 1],
};

/** The formula as the paper writes it, with the matrix P. */
function reference(x: Float32Array, g: Float32Array, b: Float32Array, alpha: number): number {
  const d = g.map((value, i) => value - b[i]);
  const norm = d.reduce((sum, value) => sum + value * value, 0);
  let squared = 0;
  for (let column = 0; column < d.length; column++) {
    let projected = 0;
    for (let row = 0; row < d.length; row++) {
      const p = (alpha * d[row] * d[column]) / norm + (row === column ? 1 - alpha : 0);
      projected += (x[row] - g[row]) * p;
    }
    squared += projected ** 2;
  }
  return 1 - squared / 2;
}

test("similarity is the paper's formula for any alpha, and the cosine for alpha 0", () => {
  const vector = (): Float32Array => unitVector(Float32Array.from({ length: 6 }, () => random.normal()));
  for (const alpha of [0, 0.3, 0.5, 1]) {
    const [x, g, b] = [vector(), vector(), vector()];
    assert.ok(Math.abs(goalBaselineSimilarity(x, g, b, alpha) - reference(x, g, b, alpha)) < 1e-6);
  }
  const [x, g] = [vector(), vector()];
  const cosine = x.reduce((sum, value, i) => sum + value * g[i], 0);
  assert.ok(Math.abs(goalBaselineSimilarity(x, g, g, 0) - cosine) < 1e-6);
  assert.equal(goalBaselineSimilarity(g, g, x, 0.5), 1);
  assert.throws(() => goalBaselineSimilarity(x, g, g, 0.5), /goal and baseline are the same/);
  assert.throws(() => meanDirection([g, g.map((value) => -value)]), /no direction/);
});

test('with demonstrations as the goal, progress goes from their beginnings to their ends, and a failure stays where it is', async () => {
  const made = await critic({ target: 'reference', reference: 'demos' });
  const judged = async (of: MadeUpEpisode) => {
    const { clip, ended } = asRecorded(of);
    return judgeAll(made, clip, ended);
  };
  const success = (await judged(episode('new', path(5)))).map(({ progress }) => progress!);
  assert.ok(success[0] < 0.05 && success[4] > 0.95);
  assert.ok(success[3] > success[1]);
  const failure = await judged(episode('half', [0, 0.1, 0.1, 0], false));
  assert.ok(Math.max(...failure.map(({ progress }) => progress!)) < 0.5, 'its own best moment is not 1');
  failure.forEach(({ done, uncertainty }) => assert.deepEqual([done, uncertainty], [undefined, undefined]));
  await made.dispose();
});

test('with a sentence as the goal, similarity is that of image and texts, mapped by the range that is given', async () => {
  const made = await critic({ ...byText, alpha: 1, cameras: ['head'] });
  const { clip, ended } = asRecorded(episode('new', [0, 1]));
  const [first, second] = await judgeAll(made, clip, ended);
  for (const { progress, components } of [first, second]) {
    assert.ok(Math.abs(progress! - (components.similarity + 1) / 2) < 1e-6);
    assert.ok(Math.abs(components.cosine) <= 1);
  }
  assert.notEqual(first.components.similarity, second.components.similarity);
  assert.notEqual(made.version, (await critic({ ...byText, alpha: 0.5, cameras: ['head'] })).version);
  assert.equal(made.version, (await critic({ ...byText, alpha: 1, cameras: ['head'] })).version);
});

test('what is missing or does not fit is refused with file and key', async () => {
  const refuses = (settings: Record<string, unknown>, message: RegExp): Promise<void> =>
    assert.rejects(critic(settings), message);
  await refuses({ ...byText, range: undefined }, /critics\.seen\.range: is missing; without it a reference/);
  await refuses({ ...byText, range: [1, 1] }, /critics\.seen\.range: the first is not below the second/);
  await refuses({ ...byText, texts: undefined }, /critics\.seen\.texts: is missing; target text needs it/);
  await refuses({ ...byText, baseline: undefined }, /critics\.seen\.baseline: is missing/);
  await refuses({ ...byText, baseline: byText.goal }, /critics\.seen\.baseline: says the same as the goal/);
  await refuses(
    { ...byText, goal: 'done' },
    /texts\.json: texts: lacks "done"; it has "the square is at the left"/,
  );
  await refuses({ ...byText, goal: 'too short' }, /texts\.json: texts\.too short: must be 8 numbers/);
  await refuses({ ...byText, goal: 'nothing' }, /texts\.json: texts\.nothing: an embedding has no direction/);
  await refuses({ ...byText, texts: 'encoder.onnx' }, /encoder\.onnx: cannot be read as JSON/);
  await refuses({ ...byText, image: { file: 'none.onnx' } }, /none\.onnx: cannot be read/);
  await refuses({ target: 'reference' }, /critics\.seen\.reference: is missing; target reference needs it/);
  await refuses(
    { target: 'reference', reference: 'still' },
    /critics\.seen\.reference: looks the same at its beginning/,
  );
  await refuses(
    { target: 'reference', reference: 'still', alpha: 0 },
    /the demonstrations do not come nearer to the goal/,
  );
});

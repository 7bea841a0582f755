import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRandom } from '../../../src/engine/index.js';
import { rewindRegion } from '../../../src/learning/progress/rewound-region.js';
import { drawnEpisode, drawnImage, drawnSize } from '../../reward/drawn-task.js';

test('a square of the earlier picture is put where the two differ, and the rest stays', () => {
  const { moments } = drawnEpisode('shown', 3).clip;
  const [before, now] = [moments[0], moments[20]].map(({ observed }) => observed.images[0]);
  const mixed = rewindRegion(now, before, drawnImage, createRandom(0));
  assert.ok(mixed !== undefined);
  const changed = [...mixed.keys()].filter((i) => mixed[i] !== now[i]);
  assert.ok(changed.length > 0 && changed.every((i) => mixed[i] === before[i]));
  const columns = changed.map((i) => Math.floor(i / 3) % drawnSize);
  assert.ok(Math.max(...columns) - Math.min(...columns) <= drawnSize / 2);
});

test('where nothing changed there is nothing to rewind', () => {
  const [{ observed }] = drawnEpisode('shown', 3).clip.moments;
  assert.equal(rewindRegion(observed.images[0], observed.images[0], drawnImage, createRandom(0)), undefined);
});

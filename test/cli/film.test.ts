import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chooseFilmSeed } from '../../src/cli/film.js';
import { evenlyApart } from '../../src/cli/report/film-frames.js';
import { episodeRecords } from './synthetic-run.js';

test('the film shows a seed where the base failed and the residual succeeded', () => {
  const base = episodeRecords('evaluation', [true, false, false, false]);
  const residual = episodeRecords('evaluation', [true, true, false, true]);
  assert.equal(chooseFilmSeed(base, residual), 3);
});

test('without such a seed the film shows a failure of the base, then any', () => {
  const failing = episodeRecords('evaluation', [true, false]);
  assert.equal(chooseFilmSeed(failing, failing), 1);
  const perfect = episodeRecords('evaluation', [true, true]);
  assert.equal(chooseFilmSeed(perfect, perfect), 1);
  assert.throws(() => chooseFilmSeed([], []), /no evaluated episode/);
});

test('frames are evenly apart with both ends', () => {
  assert.deepEqual(evenlyApart(61, 8), [0, 9, 17, 26, 34, 43, 51, 60]);
  assert.deepEqual(evenlyApart(3, 8), [0, 1, 2]);
  assert.deepEqual(evenlyApart(5, 1), [0]);
  assert.deepEqual(evenlyApart(0, 8), []);
});

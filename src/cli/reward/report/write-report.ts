/** Makes index.html and evaluation.json of an evaluation. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../config/atomic-file.js';
import type { RewardEvaluation } from '../../../reward/evaluation/evaluate-reward.js';
import { evaluationJson } from '../../../reward/evaluation/evaluation-json.js';
import { chooseFilms } from './choose-films.js';
import { renderEvaluation } from './evaluation-page.js';
import { readFilms } from './strips.js';

/**
 * Writes the report into a folder, which is made. Episodes that are shown are read from their bags once more.
 * @param folders those of the evaluation, in its order
 * @returns the page's path
 */
export async function writeEvaluationReport(
  out: string,
  evaluation: RewardEvaluation,
  folders: readonly string[],
): Promise<string> {
  const critics = evaluation.critics.map((critic) => ({ critic, choices: chooseFilms(critic.tracks) }));
  const wanted = critics.flatMap(({ choices }) => choices.map(({ index }) => index));
  const films = await readFilms(folders, new Set(wanted));
  const page = join(out, 'index.html');
  mkdirSync(out, { recursive: true });
  writeFileAtomic(page, renderEvaluation({ evaluation, critics, films }));
  writeFileAtomic(join(out, 'evaluation.json'), `${JSON.stringify(evaluationJson(evaluation), null, 2)}\n`);
  return page;
}

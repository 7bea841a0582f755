/** Makes report/index.html and report/summary.json of a run. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeFileAtomic } from '../../config/atomic-file.js';
import type { CloningSettings } from '../../learning/behaviour-cloning.js';
import { demoCommand } from '../demo-command.js';
import type { DemoRequest } from '../demo.js';
import { readEpisodes } from '../../episodes/log.js';
import type { RunFolder } from '../run-folder.js';
import { readFilm } from './film-frames.js';
import { renderPage, type FileRow, type Film } from './page.js';
import { readRun, type RunRecord } from './run-record.js';
import { summarise, type Summary } from './summary.js';
import { readVersions } from './versions.js';

/** Frames of each film strip. */
const stripFrames = 8;

/**
 * Reads a run folder and writes its report.
 * @returns the page's path and the facts in summary.json
 * @throws ConfigError naming a file that is missing
 */
export async function writeReport(run: RunFolder): Promise<{ page: string; summary: Summary }> {
  const record = readRun(run);
  const summary = summarise(record, readVersions(process.env));
  const film = await readFilms(run);
  const html = renderPage({
    record,
    summary,
    film,
    files: hashedFiles(run),
    command: commandOf(record, summary),
  });
  mkdirSync(run.report, { recursive: true });
  const page = join(run.report, 'index.html');
  writeFileAtomic(page, html);
  writeFileAtomic(join(run.report, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return { page, summary };
}

async function readFilms(run: RunFolder): Promise<Film | undefined> {
  const of = async (policy: 'base' | 'residual') => ({
    frames: await readFilm(join(run.film, policy, 'bag'), stripFrames),
    episode: readEpisodes(join(run.film, policy, 'episodes.jsonl')).at(0),
  });
  const [base, residual] = [await of('base'), await of('residual')];
  if (base.episode === undefined || residual.episode === undefined) return undefined;
  if (base.frames.length === 0 || residual.frames.length === 0) return undefined;
  return {
    seed: base.episode.seed,
    base: base.frames,
    residual: residual.frames,
    baseSucceeded: base.episode.outcome === 'success',
    residualSucceeded: residual.episode.outcome === 'success',
  };
}

function hashedFiles(run: RunFolder): FileRow[] {
  const places = [
    join(run.base, 'policy.onnx'),
    join(run.base, 'manifest.yaml'),
    join(run.checkpoint, 'residual.safetensors'),
    join(run.evaluate, 'base', 'episodes.jsonl'),
    join(run.evaluate, 'residual', 'episodes.jsonl'),
    join(run.train, 'episodes.jsonl'),
    join(run.train, 'metrics.jsonl'),
  ];
  return places.filter(existsSync).map((file) => ({
    path: relative(run.root, file),
    bytes: statSync(file).size,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
  }));
}

/** The demo's command line, from the settings that its stages were complete with. */
function commandOf({ stages }: RunRecord, summary: Summary): string {
  const settings = Object.assign({}, ...stages.map((stage) => stage.settings)) as Partial<DemoRequest>;
  const cloned = stages.find(({ stage }) => stage === 'base')?.settings as
    Partial<CloningSettings> | undefined;
  const { task, demos, randomise, settings: file } = settings;
  return demoCommand({
    ...{ seed: summary.seed, steps: summary.steps, episodes: summary.residual.episodes },
    ...{ task, demos, randomise, settings: file },
    ...{ chunk: cloned?.chunk_size, execute: cloned?.execute },
  });
}

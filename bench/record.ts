/** Results of measurements, kept with the machine that they were measured on. */
import { mkdirSync } from 'node:fs';
import { loadavg, totalmem } from 'node:os';
import { basename } from 'node:path';
import { readVersions } from '../src/cli/report/versions.js';
import { writeFileAtomic } from '../src/config/atomic-file.js';
import { projectFile } from '../src/config/paths.js';

/** What was run, when and on what; `load` is the mean number of running processes of the last minute, others' included. */
export function machine(): object {
  const [program, ...options] = process.argv.slice(1);
  return {
    date: new Date().toISOString(),
    command: ['npm run bench --', basename(program, '.js'), ...options].join(' '),
    memory_gb: Math.round(totalmem() / 1e9),
    load: Math.round(10 * loadavg()[0]) / 10,
    ...readVersions(process.env),
  };
}

/** Writes `results` of the measurement `name`, with the machine, to bench/results, and prints them alone as one line. */
export function recordResults(name: string, results: object): void {
  const text = JSON.stringify({ machine: machine(), ...results }, null, 2);
  mkdirSync(projectFile('bench', 'results'), { recursive: true });
  writeFileAtomic(projectFile('bench', 'results', `${name}.json`), `${text}\n`);
  console.log(JSON.stringify(results));
}

/**
 * All checks and tests: format, lint and types (one test each), then the tests in rings, the pure ones first.
 *
 *   npm test                 everything
 *   npm test -- PATTERN ...  only the test files whose path contains one of the patterns
 *
 * The last line is "N passed, N failed". The exit code is 0 only when something ran and nothing failed.
 */
import { spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT, rosEnvironment } from './ros-env.mjs';
import { filesUnder } from './setup/stamp.mjs';

const root = PROJECT_ROOT;
const tests = join(root, 'dist', 'test');

/** A single file that takes longer than this hangs; ms. */
const FILE_LIMIT = 600_000;

const bin = (name, file) => [process.execPath, join(root, 'node_modules', name, file)];
const CHECKS = [
  { name: 'types', command: [...bin('typescript', 'bin/tsc'), '-p', 'tsconfig.json'] },
  { name: 'format', command: [...bin('prettier', 'bin/prettier.cjs'), '--check', '.'] },
  { name: 'lint', command: [...bin('eslint', 'bin/eslint.js'), '--max-warnings', '0', '.'] },
];

/** Folders of test/ whose tests talk over ROS 2, one file at a time; all others are pure. */
const RINGS = [
  { name: 'pure', has: (folder) => !['ros', 'nodes', 'system'].includes(folder), concurrency: 2 },
  { name: 'ros', has: (folder) => folder === 'ros' || folder === 'nodes', concurrency: 1 },
  { name: 'system', has: (folder) => folder === 'system', concurrency: 1 },
];

const tally = { passed: 0, skipped: 0, failures: [] };

function pass(name, milliseconds) {
  tally.passed += 1;
  console.log(`  ok    ${name} (${Math.round(milliseconds)} ms)`);
}

function fail(name, output) {
  tally.failures.push({ name, output });
  console.log(`  FAIL  ${name}`);
}

function runCheck({ name, command }) {
  const began = performance.now();
  return new Promise((done) => {
    const child = spawn(command[0], command.slice(1), { cwd: root });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.once('close', (code) => {
      if (code === 0) pass(name, performance.now() - began);
      else fail(name, () => output.trimEnd());
      done();
    });
  });
}

/** Runs one ring and counts its tests. A file that breaks outside of a test counts as one failure. */
async function runRing(files, concurrency) {
  const printed = new Map();
  const options = [`--test-concurrency=${concurrency}`, `--test-timeout=${FILE_LIMIT}`];
  const reporter = [
    '--test-reporter',
    join(root, 'tools', 'test-events.mjs'),
    '--test-reporter-destination',
    'stdout',
  ];
  const child = spawn(process.execPath, ['--test', ...options, ...reporter, ...files], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { type, data } = JSON.parse(line);
    handlers[type]?.(data, printed);
  });
  await new Promise((done) => child.once('close', done));
}

const keepOutput = ({ file, message }, printed) => {
  const path = testPath(file ?? '');
  printed.set(path, `${printed.get(path) ?? ''}${message}`.slice(-20_000));
};

const handlers = {
  'test:stdout': keepOutput,
  'test:stderr': keepOutput,
  'test:pass': (event) => count(event, () => pass(title(event), event.details.duration_ms)),
  'test:fail': (event, printed) => {
    if (event.details.error?.failureType === 'subtestsFailed') return;
    if (event.skip !== undefined || event.todo !== undefined) return;
    const path = testPath(isFile(event) ? event.name : (event.file ?? ''));
    // What the file printed may still be on its way.
    fail(title(event), () => [event.details.error?.text, printed.get(path) ?? ''].join('\n').trimEnd());
  },
};

function count(event, act) {
  if (event.details.type === 'suite' || isFile(event)) return;
  if (event.skip !== undefined || event.todo !== undefined) tally.skipped += 1;
  else act();
}

/** Whether the event is about a whole file instead of a test in it. */
function isFile({ name, nesting }) {
  return nesting === 0 && name.endsWith('.test.js');
}

/** `folder/name` of a test file, whether the runner names the source or what came out of it. */
function testPath(file) {
  const path = relative(root, file).replace(/^dist\//, '');
  return path.replace(/^test\//, '').replace(/\.test\.(js|ts)$/, '');
}

function title(event) {
  const path = testPath(isFile(event) ? event.name : (event.file ?? ''));
  return isFile(event) ? path : `${path}: ${event.name}`;
}

async function runRings(patterns) {
  const files = filesUnder(tests)
    .filter((file) => file.endsWith('.test.js'))
    .filter(
      (file) => patterns.length === 0 || patterns.some((pattern) => relative(root, file).includes(pattern)),
    );
  for (const { name, has, concurrency } of RINGS) {
    const ring = files.filter((file) => has(relative(tests, file).split('/')[0]));
    if (ring.length === 0) continue;
    console.log(`${name} tests (${ring.length} files)`);
    await runRing(ring, concurrency);
  }
}

function report() {
  for (const { name, output } of tally.failures) console.log(`\n---- ${name}\n${output()}`);
  if (tally.skipped > 0) console.log(`\n${tally.skipped} skipped`);
  const failed = tally.failures.length;
  console.log(`\n${tally.passed} passed, ${failed} failed`);
  return failed === 0 && tally.passed > 0 ? 0 : 1;
}

async function main(patterns) {
  const { env } = rosEnvironment(root, process.env);
  const domain = String(1 + (process.pid % 100));
  // The runner starts every test file in a process of its own, which inherits this environment.
  Object.assign(process.env, env, { ROS_DOMAIN_ID: domain });
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps`.trim();
  if (patterns.length === 0) {
    console.log('checks');
    await runCheck(CHECKS[0]);
    await Promise.all(CHECKS.slice(1).map(runCheck));
  }
  await runRings(patterns);
  return report();
}

process.exit(await main(process.argv.slice(2)));

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/config/paths.js';
import { loadTool } from './tool-modules.js';

type Prerequisites = {
  node: string;
  npm?: string | undefined;
  python?: { program: string; version: string; venv: boolean } | undefined;
  compiler?: string | undefined;
  make?: string | undefined;
};
const { atLeast, describeMissing, missingPrerequisites } = await loadTool<{
  atLeast: (found: string, wanted: string) => boolean;
  describeMissing: (missing: { what: string; install: string }[]) => string;
  missingPrerequisites: (found: Prerequisites) => { what: string; install: string }[];
}>('setup/prerequisites.mjs');

const complete: Prerequisites = {
  node: '20.20.0',
  npm: '/usr/bin/npm',
  python: { program: 'python3', version: '3.10', venv: true },
  compiler: '/usr/bin/g++',
  make: '/usr/bin/make',
};

test('nothing is missing where everything is there', () => {
  assert.deepEqual(missingPrerequisites(complete), []);
});

test('versions compare by number', () => {
  assert.ok(atLeast('3.10', '3.9'));
  assert.ok(!atLeast('20.9.1', '20.20'));
  assert.ok(atLeast('v22.0.0', '20.20'));
});

test('each missing prerequisite is named with the line that installs it', () => {
  const cases: [Partial<Prerequisites>, RegExp, RegExp][] = [
    [{ node: '18.19.1' }, /Node\.js >= 20\.20 \(found 18\.19\.1\)/, /nodesource/],
    [{ npm: undefined }, /npm/, /nodejs/],
    [{ python: undefined }, /Python >= 3\.10/, /apt-get install -y python3 python3-venv/],
    [{ python: { program: 'python3', version: '3.9', venv: true } }, /found 3\.9/, /apt-get install/],
    [{ python: { program: 'python3', version: '3.12', venv: false } }, /venv/, /python3\.12-venv/],
    [{ compiler: undefined }, /C\+\+ compiler/, /build-essential/],
    [{ make: undefined }, /make/, /build-essential/],
  ];
  for (const [change, what, install] of cases) {
    const missing = missingPrerequisites({ ...complete, ...change });
    assert.equal(missing.length, 1);
    assert.match(missing[0]?.what ?? '', what);
    assert.match(missing[0]?.install ?? '', install);
    assert.match(describeMissing(missing), install);
  }
});

test('set-up on a machine with Node alone stops at once and names what to install', () => {
  const bin = mkdtempSync(join(tmpdir(), 'graft-bare-'));
  symlinkSync(process.execPath, join(bin, 'node'));
  const run = spawnSync(process.execPath, [join(projectRoot, 'tools', 'setup.mjs')], {
    env: { PATH: bin },
    encoding: 'utf8',
  });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /Python >= 3\.10 is missing/);
  assert.match(run.stderr, /a C\+\+ compiler is missing/);
  assert.match(run.stderr, /apt-get install -y build-essential/);
});

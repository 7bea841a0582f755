import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/config/paths.js';

type Ended = { code: number | null; output: string };

/** Runs the embedded `ros2 launch` on a file of that text; `onOutput` sees all output so far. */
function launch(
  text: string,
  onOutput: (output: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'graft-launch-'));
  const file = join(folder, 'test_launch.yaml');
  writeFileSync(file, text);
  const child = spawn(process.execPath, [join(projectRoot, 'tools', 'ros2', 'main.mjs'), 'launch', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ROS_LOG_DIR: folder },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
      onOutput(output, (signal) => child.kill(signal));
    });
  }
  return new Promise((done) => child.once('close', (code) => done({ code, output })));
}

const ignore = (): void => undefined;

test('the end of a process with on_exit: shutdown ends the others', async () => {
  const { code, output } = await launch(
    `launch:
  - executable: {cmd: sleep 60, name: sleeper}
  - executable: {cmd: echo done, name: speaker, output: screen, on_exit: shutdown}
`,
    ignore,
  );
  assert.equal(code, 0);
  assert.match(output, /^\[speaker-2\] done$/m);
  assert.match(output, /\[sleeper-1\]: sending signal 'SIGINT'/);
});

test('SIGINT reaches the processes, and a respawned one stays down', async () => {
  let told = false;
  const { code, output } = await launch(
    `launch:
  - executable: {cmd: sh -c 'echo up; trap "echo bye; exit 0" INT; while true; do sleep 0.05; done', name: node, output: screen, respawn: 'true'}
`,
    (text, kill) => {
      if (told || !text.includes('[node-1] up')) return;
      told = true;
      setTimeout(() => kill('SIGINT'), 200);
    },
  );
  assert.equal(code, 0);
  assert.match(output, /\[node-1\] bye/);
  assert.equal(output.split('process started').length, 2);
});

test('a process that ends is started again after the delay', async () => {
  let told = false;
  const { output } = await launch(
    `launch:
  - executable: {cmd: echo round, name: node, output: screen, respawn: 'true', respawn_delay: 0.05}
`,
    (text, kill) => {
      if (told || text.split('[node-1] round').length < 4) return;
      told = true;
      kill('SIGINT');
    },
  );
  assert.ok(output.split('process started').length >= 4);
});

test('a program that is not there ends the launch with an error', async () => {
  const { code, output } = await launch('launch: [{executable: {cmd: no-such-program}}]\n', ignore);
  assert.equal(code, 1);
  assert.match(output, /no-such-program/);
});

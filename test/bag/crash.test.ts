import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { appendTo } from '../../src/bag/bag-file.js';
import { recoverMetadata } from '../../src/bag/recover.js';
import { countData, countOf, countTopic, openWriter, readAll, temporaryDirectory } from './recording.js';

const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** Runs the endless writer until `enough` says so, kills it, and gives the last count that it reported as flushed. */
async function killWhile(bag: string, enough: (flushed: number) => boolean): Promise<number> {
  const program = fileURLToPath(new URL('./endless-writer.js', import.meta.url));
  const child = spawn(process.execPath, [program, bag, '100'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let flushed = 0;
  let rest = '';
  child.stdout.on('data', (text: Buffer) => {
    const lines = (rest + text.toString()).split('\n');
    rest = lines.pop() ?? '';
    flushed = Number(lines.at(-1) ?? flushed);
    if (enough(flushed)) child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => child.on('exit', (_code, by) => resolve(by)));
  assert.equal(signal, 'SIGKILL');
  return flushed;
}

test('kill -9 while recording: every flushed message is there, in order, and metadata.yaml can be rebuilt', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  const flushed = await killWhile(bag, (count) => count >= 3000);
  const { messages, reader } = await readAll(bag);
  assert.ok(messages.length >= flushed, `${messages.length} read, ${flushed} flushed`);
  assert.deepEqual(messages.map(countOf), upTo(messages.length));
  assert.ok(readdirSync(bag).length > 3, 'the bag was split before the kill');
  assert.equal(reader.topics()[0]?.count, messages.length);

  assert.match(readFileSync(path.join(bag, 'metadata.yaml'), 'utf8'), /name: \/count/);
  rmSync(path.join(bag, 'metadata.yaml'));
  const content = await recoverMetadata(bag, { onWarning: () => undefined });
  assert.equal(
    content.files.reduce((sum, file) => sum + file.messageCount, 0n),
    BigInt(messages.length),
  );
  assert.match(
    readFileSync(path.join(bag, 'metadata.yaml'), 'utf8'),
    new RegExp(`message_count: ${messages.length}\n`),
  );
});

test('messages reach the disk without flush, within the flush interval', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  const { writer } = await openWriter(bag, { flushInterval: 50 });
  writer.addTopic(countTopic('/a'));
  writer.write('/a', { logTime: 1n, publishTime: 1n, data: countData(7) });
  const deadline = Date.now() + 5000;
  let counts: number[] = [];
  while (counts.length === 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    counts = (await readAll(bag)).messages.map(countOf);
  }
  assert.deepEqual(counts, [7]);
  await writer.close();
});

test('a file cut at any byte gives the messages before the cut and never throws', async (t) => {
  const directory = temporaryDirectory(t);
  const bag = path.join(directory, 'run');
  const { writer } = await openWriter(bag, { chunkBytes: 300 });
  writer.addTopic(countTopic('/a'));
  writer.addTopic(countTopic('/b'));
  for (let count = 0; count < 30; count += 1)
    writer.write(count % 2 === 0 ? '/a' : '/b', {
      logTime: BigInt(count),
      publishTime: 0n,
      data: countData(count),
    });
  await writer.close();
  const whole = path.join(bag, 'run_0.mcap');
  const size = statSync(whole).size;
  const cut = path.join(directory, 'cut.mcap');
  let most = 0;
  for (let length = 0; length < size; length += 41) {
    copyFileSync(whole, cut);
    truncateSync(cut, length);
    const { messages, warnings } = await readAll(cut);
    assert.deepEqual(messages.map(countOf), upTo(messages.length), `cut at ${length}`);
    assert.ok(
      messages.length >= most,
      `cut at ${length}: ${messages.length} messages, ${most} when cut before that`,
    );
    assert.ok(warnings.length <= 1);
    most = messages.length;
  }
  assert.equal(most, 30);
});

test('a damaged tail is reported with its size and costs only what follows', async (t) => {
  const directory = temporaryDirectory(t);
  const bag = path.join(directory, 'run');
  const { writer } = await openWriter(bag, { flushInterval: 10_000 });
  writer.addTopic(countTopic('/a'));
  writer.write('/a', { logTime: 1n, publishTime: 1n, data: countData(1) });
  await writer.flush();
  // A power cut leaves zeros where blocks were allocated but not written.
  const copy = path.join(directory, 'damaged.mcap');
  writeFileSync(copy, Buffer.concat([readFileSync(path.join(bag, 'run_0.mcap')), Buffer.alloc(1234)]));
  await writer.close();
  const { messages, warnings } = await readAll(copy);
  assert.deepEqual(messages.map(countOf), [1]);
  assert.match(warnings.join(), /the last 1234 bytes are lost/);
});

test('a full disk is reported once, the writer stops, and what was flushed stays readable', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  let full = false;
  const { writer, problems } = await openWriter(bag, {
    openFile: async (file) => {
      const disk = appendTo(await open(file, 'wx'));
      // The kernel's device that answers every write with ENOSPC.
      const device = appendTo(await open('/dev/full', 'w'));
      return {
        write: (bytes) => (full ? device : disk).write(bytes),
        sync: () => disk.sync(),
        close: async () => {
          await disk.close();
          await device.close();
        },
      };
    },
  });
  writer.addTopic(countTopic('/a'));
  writer.write('/a', { logTime: 1n, publishTime: 1n, data: countData(1) });
  await writer.flush();
  full = true;
  writer.write('/a', { logTime: 2n, publishTime: 2n, data: countData(2) });
  await assert.rejects(writer.flush(), /recording stopped: ENOSPC/);
  writer.write('/a', { logTime: 3n, publishTime: 3n, data: countData(3) });
  await assert.rejects(writer.flush(), /ENOSPC/);
  await writer.close();
  assert.equal(problems.length, 1);
  assert.ok(problems[0]?.kind === 'write_failed' && /ENOSPC/.test(problems[0].message), problems[0]?.message);
  assert.equal(writer.dropped, 1);
  assert.deepEqual((await readAll(bag)).messages.map(countOf), [1]);
});

test('a file system that runs full', async (t) => {
  const mount = path.join(temporaryDirectory(t), 'small');
  mkdirSync(mount);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount]).status === 0;
  if (!mounted) return t.diagnostic('mount is not allowed here; /dev/full covers the rest');
  try {
    const bag = path.join(mount, 'run');
    const { writer, problems } = await openWriter(bag, { chunkBytes: 50_000 });
    writer.addTopic(countTopic('/a'));
    for (let count = 0; count < 1500 && writer.failure === undefined; count += 1) {
      writer.write('/a', { logTime: BigInt(count), publishTime: 0n, data: countData(count, 1000) });
      if (count % 100 === 99) await writer.flush().catch(() => undefined);
    }
    await writer.close();
    assert.deepEqual(
      problems.map((problem) => problem.kind),
      ['write_failed'],
    );
    const { messages, warnings } = await readAll(bag);
    assert.ok(messages.length > 500, `${messages.length} messages`);
    assert.deepEqual(messages.map(countOf), upTo(messages.length));
    assert.ok(warnings.length <= 1);
  } finally {
    spawnSync('umount', [mount]);
  }
});

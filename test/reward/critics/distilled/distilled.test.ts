import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../../../src/config/config-error.js';
import { checkAgainst, loadSchema } from '../../../../src/config/schema.js';
import type { CriticContext } from '../../../../src/reward/create-critics.js';
import { judgeAll } from '../../../../src/reward/critic.js';
import { distilled } from '../../../../src/reward/critics/distilled/distilled.js';
import { unknown, type Clip, type Judgement } from '../../../../src/reward/judgement.js';
import type { CriticSettings } from '../../../../src/reward/reward-file.js';
import { drawnEpisode, drawnImage, drawnTask } from '../../drawn-task.js';

const folder = mkdtempSync(join(tmpdir(), 'graft-distilled-'));
const context: CriticContext = {
  ...{ file: join(folder, 'reward.yaml'), name: 'fast', instruction: 'lift', images: [drawnImage] },
  views: undefined,
  // The drawn robot has two numbers.
  task: { ...drawnTask(), observation: [{ feature: 'joint_position', joints: ['near', 'up'] }] },
};

/** Settings as a reward file would give them, in a hurry. */
function settings(changes: Partial<CriticSettings> = {}): CriticSettings {
  const given: CriticSettings = { kind: 'distilled', teacher: 'slow', share: 1, ...changes };
  checkAgainst('critics/distilled', loadSchema('critics').properties?.distilled ?? {}, given, 'test');
  return given;
}

/** What a slow critic would say: the share of the time that is over. */
function taught({ moments }: Clip): Judgement[] {
  const last = moments.length - 1;
  return moments.map((_, i) => ({
    ...{ progress: i / last, done: i > last - 4 ? 1 : 0, uncertainty: 0 },
    ...{ components: {}, reason: '' },
  }));
}

const clips = Array.from({ length: 24 }, (_, i) => drawnEpisode('shown', i).clip);

test('it says nothing before it was told enough, then what the teacher says of moments that it never saw', async () => {
  const critic = await distilled(context, settings({ enough: 100, passes: 60, learning_rate: 3e-3 }));
  critic.learn(clips[0], taught(clips[0]));
  await critic.settled();
  const before = await critic.judge(clips[0]);
  assert.equal(before.progress, undefined);
  assert.match(before.reason, /21 of 100 labels/);
  assert.equal(critic.version, '0');
  for (const clip of clips.slice(1)) critic.learn(clip, taught(clip));
  await critic.settled();
  assert.match(critic.version, /^[1-9][0-9]*-[0-9a-f]{16}$/);
  const { clip, ended } = drawnEpisode('shown', 1000);
  const [judged, wanted] = [await judgeAll(critic, clip, ended), taught(clip)];
  const errors = judged.map(({ progress = 9 }, i) => Math.abs(progress - (wanted[i].progress ?? 0)));
  assert.ok(errors.reduce((a, b) => a + b) / errors.length < 0.1, String(errors));
  assert.ok((judged[judged.length - 1].done ?? 0) > 0.5);
  assert.ok((judged[5].done ?? 1) < 0.5);
  for (const { uncertainty = -1 } of judged) assert.ok(uncertainty > 0 && uncertainty <= 1);
  await critic.dispose();
});

test('versions count up with each set of weights, and one version gives one judgement', async () => {
  const critic = await distilled(context, settings({ enough: 20, passes: 40 }));
  critic.learn(clips[0], taught(clips[0]));
  await critic.settled();
  const [version, judgement] = [critic.version, await critic.judge(clips[1])];
  assert.deepEqual(await critic.judge(clips[1]), judgement);
  critic.learn(clips[1], taught(clips[1]));
  await critic.settled();
  assert.ok(Number.parseInt(critic.version) > Number.parseInt(version));
  await critic.dispose();
});

test('what the teacher did not know is not learned, and does not count', async () => {
  const critic = await distilled(context, settings({ enough: 10 }));
  critic.learn(clips[0], [...clips[0].moments.map(() => unknown('the endpoint is down'))]);
  critic.learn(clips[1], [undefined, undefined]);
  await critic.settled();
  assert.match((await critic.judge(clips[0])).reason, /^0 of 10 labels/);
  await critic.dispose();
});

test('it goes on from its checkpoint, which belongs to one teacher and is refused when damaged', async () => {
  const kept = settings({ enough: 20, checkpoint: folder });
  const first = await distilled(context, kept);
  first.learn(clips[0], taught(clips[0]));
  await first.settled();
  const [version, judgement] = [first.version, await first.judge(clips[1])];
  await first.dispose();
  const second = await distilled(context, kept);
  assert.equal(second.version, version);
  const { progress = NaN } = await second.judge(clips[1]);
  assert.ok(Math.abs(progress - (judgement.progress ?? NaN)) < 1e-5);
  await second.dispose();
  await assert.rejects(
    distilled(context, settings({ checkpoint: folder, teacher: 'other' })),
    (error) => error instanceof ConfigError && error.key === 'teacher',
  );
  const file = join(folder, 'student.safetensors');
  writeFileSync(file, readFileSync(file).subarray(0, 5000));
  await assert.rejects(distilled(context, kept), ConfigError);
  rmSync(folder, { recursive: true });
});

test('disposing of it stops learning that is still owed', async () => {
  const critic = await distilled(context, settings({ enough: 20, passes: 1_000_000 }));
  critic.learn(clips[0], taught(clips[0]));
  await critic.dispose();
});

test('a black picture is neither learned nor judged', async () => {
  const critic = await distilled(context, settings({ enough: 20 }));
  critic.learn(clips[0], taught(clips[0]));
  await critic.settled();
  const [moment] = clips[0].moments;
  const dark = { ...moment, observed: { ...moment.observed, images: [new Uint8Array(32 * 32 * 3)] } };
  assert.match((await critic.judge({ episode_id: 'dark', moments: [dark] })).reason, /shows nothing/);
  await critic.dispose();
});

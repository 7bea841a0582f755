import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { BagReader } from '../../src/bag/reader.js';
import { createCodec } from '../../src/interfaces/codec.js';
import { Episode, type Action } from '../../src/interfaces/graft-messages.js';
import { readEpisodes } from '../../src/learning/bag-episodes.js';
import { recordedEpisodes } from '../../src/reward/recorded-episodes.js';
import type { RecordedEpisode } from '../../src/reward/clip-assembler.js';
import { seededRandom } from '../../src/sim/random.js';
import { findTask } from '../../src/sim/task.js';
import type { AgentSpec } from '../../src/worlds/agent.js';
import { EpisodeBag } from '../../src/worlds/episode-bag.js';
import { cutStep } from '../../src/worlds/near-miss.js';
import { WorldRunner, type WorldEpisode } from '../../src/worlds/world-runner.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { seeingTask } from '../sim/seeing-task.js';

/** Runs episodes in one world, in the order of the seeds. */
async function collect(agent: AgentSpec, seeds: readonly number[], task = 'lift'): Promise<WorldEpisode[]> {
  const runner = await WorldRunner.create(findTask(task), { task, agent, randomise: true, trace: true });
  const collected: WorldEpisode[] = [];
  for (const seed of seeds) collected.push(await runner.run(seed));
  await runner.dispose();
  return collected;
}

const hold = { kind: 'near_miss', then: 'hold' } as const;
const seeds = [60, 61, 62];

/** What the agent wanted at each step. */
const commands = ({ trace }: WorldEpisode): number[][] => trace.map(({ executed }) => [...executed]);

/** Steps that two episodes have in common from the beginning. */
const common = (a: readonly unknown[], b: readonly unknown[]): number => {
  const different = a.findIndex((value, i) => JSON.stringify(value) !== JSON.stringify(b[i]));
  return different === -1 ? a.length : different;
};

test('a near miss is the noisy expert until it keeps still, and fails', async () => {
  const whole = await collect({ kind: 'expert', noise: true }, seeds);
  const held = await collect(hold, seeds);
  assert.deepEqual(
    await collect(hold, [62, 60]),
    [held[2], held[0]],
    'an episode follows from its seed alone',
  );
  held.forEach((episode, i) => {
    assert.equal(episode.success, false);
    const [given, wanted] = [commands(episode), commands(whole[i])];
    const cut = common(given, wanted);
    assert.ok(cut >= 1 && cut < wanted.length, `seed ${seeds[i]} is cut at ${cut} of ${wanted.length}`);
    assert.ok(given.slice(cut).every((command) => common([command], [given[cut - 1]]) === 1));
    assert.deepEqual(
      episode.trace.slice(0, cut).map(({ observed }) => observed),
      whole[i].trace.slice(0, cut).map(({ observed }) => observed),
      'rehearsals leave the world as it was',
    );
  });
});

test('a rewound attempt gives its commands in reverse, down to the first', async () => {
  const [whole] = await collect({ kind: 'expert', noise: true }, [60]);
  const [rewound] = await collect({ kind: 'near_miss', then: 'rewind' }, [60]);
  assert.equal(rewound.success, false);
  const given = commands(rewound);
  const cut = common(given, commands(whole));
  assert.ok(cut >= 1);
  const back = given.slice(0, Math.max(1, cut - 1)).reverse();
  const rest = given.length - cut;
  assert.deepEqual(
    given.slice(cut),
    Array.from({ length: rest }, (_, i) => back[Math.min(i, back.length - 1)]),
  );
});

test('attempts end at any step, half of them within the square root of the steps before success', () => {
  const random = seededRandom(7);
  const cuts = Array.from({ length: 4000 }, () => cutStep(49, random));
  assert.equal(Math.max(...cuts), 48);
  assert.equal(Math.min(...cuts), 1);
  const late = cuts.filter((cut) => 49 - cut < 7).length / cuts.length;
  assert.ok(Math.abs(late - 0.5) < 0.03, `${late}`);
  assert.equal(cutStep(1, random), 1);
  assert.equal(cutStep(0, random), 1);
});

test('a bag says who acted, and critics read it with its images while no learner takes it for its own', async (t) => {
  const task = seeingTask(t, ['camera: head, width: 24, height: 24']);
  const [episode] = await collect(hold, [60], task);
  const folder = join(scratchFolder(t), 'bag');
  const origin = { name: 'near_miss', kind: Episode.KIND_EVALUATION, source: 'expert' } as const;
  const bag = await EpisodeBag.open(folder, findTask(task), origin);
  const id = await bag.append(episode);
  await bag.close();
  assert.match(id, /^near_miss-\S+-60-000000$/);
  const read: RecordedEpisode[] = [];
  for await (const recorded of recordedEpisodes([folder])) read.push(recorded);
  const [{ kind, ended, clip, seed }] = read;
  assert.deepEqual([read.length, kind, ended.outcome, seed], [1, 'evaluation', 'failure', 60]);
  assert.equal(clip.moments.length, episode.trace.length);
  for (const [i, { observed, signs }] of clip.moments.entries()) {
    assert.deepEqual(observed, episode.trace[i].observed);
    assert.equal(observed.images[0].length, 24 * 24 * 3);
    assert.equal(signs?.success, false);
  }
  assert.deepEqual((await readEpisodes([folder], 'demo')).episodes, []);
  assert.deepEqual((await readEpisodes([folder], 'rollout')).episodes, []);
  assert.deepEqual([...new Set(await sources(folder))], ['expert']);
});

async function sources(folder: string): Promise<string[]> {
  const reader = await BagReader.open(folder);
  const found: string[] = [];
  for await (const { type, data } of reader.messages({ topics: ['/base_action'] }))
    found.push((createCodec(type).decode(data) as Action).source);
  await reader.close();
  return found;
}
